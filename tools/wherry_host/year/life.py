"""The life of one node on virtual time: power on, wake after wake, until the end."""

from contextlib import suppress

from wherry_host.clock import UNIX_2000_S
from wherry_host.console_text import is_error
from wherry_host.energy.meter import ChargeSum
from wherry_host.energy.workload import flash_s
from wherry_host.virtual.bus import Bus
from wherry_host.virtual.chips.tables import RefusedError
from wherry_host.virtual.wifi import UnknownWifiError, Wifi, WifiError
from wherry_host.year.chip.errors import ChipError, Ended
from wherry_host.year.chip.flash_time import FlashTime
from wherry_host.year.chip.link_port import Port
from wherry_host.year.cpython.machine import Machine
from wherry_host.year.deploys import Deploys
from wherry_host.year.faults.schedule import Schedule
from wherry_host.year.judge.boots import Boots
from wherry_host.year.judge.full_flash import FullFlash
from wherry_host.year.judge.left import Left
from wherry_host.year.power import Power, PowerLost
from wherry_host.year.world.clock import WorldError
from wherry_host.year.world.trust import verify

_PWRON, _HARD, _WDT, _DEEPSLEEP = 1, 2, 3, 4
_CAUSES = {"R": _HARD, "W": _WDT, "Z": _DEEPSLEEP}
_TIMER = 4


class Life:
    """`site` is a Site, which has everything around the chip; `run` returns at the end.

    `machine` is the class of the chip's interpreter: that of cpython/ or of vm/. `run` closes it.
    """

    def __init__(self, site, machine=Machine):
        self.site = site
        node = site.node
        self.clock, self._chance = site.clock, site.chance
        self._has_rest = False
        self.machine = machine(node)
        self.port = port = Port(self.machine.regs, self.clock, self._ask, self._end)
        self.power, self.deploys = Power(self), Deploys(self)
        self.boots = Boots(self.power)
        self.flash = flash = self.machine.flash
        flash.on_failure = self.power.failed_in_flash
        flash.time = FlashTime(port, self.clock)
        size_max = node.typed["node"]["queue_size_max"]
        self.left = Left(self.boots)
        self.full_flash = flash.watch = FullFlash(flash, self.left, size_max)
        self.charge = ChargeSum(node.usual, self.clock.us)
        self.wake_count = self.join_count = 0
        self.awake_us = 0
        #: [begin, end] in true us of each span in which the radio is on; None until it is over.
        self.radio_us = []
        #: (true us, text) of each error of the program; it is empty unless wherry has a fault.
        self.errors = []
        #: The true time at which the present wake began; None during a sleep.
        self.begin_us = None
        #: The drift of the RTC clock at 20 °C; None if it does not drift.
        self.drift_ppm = None
        self.schedule = Schedule(self)
        self._end_us = self._due_us = None
        self._radio, self._wifi_due_us = "off", None
        self._cause = _PWRON
        self.wifi = Wifi(port.regs, site.access_points, node.mac, site.seed)
        models = site.models(self.used_mah)
        outputs = port.regs.outputs.__getitem__
        self.bus = Bus(models, self.wifi, None, self.clock, site.witness, None, outputs)
        self.machine.connect(self)

    def used_mah(self, now_us):
        """Return the charge that the meter has counted."""
        return self.charge.mah(now_us)

    def run(self, end_us, progress=lambda now_us: None, faults=(), from_us=None):
        """Live until a true time; `progress` is called after each wake.

        The times of the faults count from `from_us`, by default from now.
        """
        self._end_us = end_us
        self.schedule.add(faults, self.clock.us if from_us is None else from_us)
        self.clock.at(end_us, self._over)
        regs = self.port.regs
        regs.device_id = int.from_bytes(self.site.node.mac, "big")
        regs.memory_size, regs.cpu_hz = len(self.port.memory), 160_000_000
        self._power_on()
        try:
            while self.clock.us < end_us:
                self._wake()
                progress(self.clock.us)
        except _Over:
            progress(end_us)
        finally:
            self.machine.close()

    def _over(self):
        raise _Over

    def _power_on(self):
        self.forget_rtc()
        self.port.start_rtc()
        self._cause = _PWRON

    def forget_rtc(self):
        """Let RTC memory be random, as without power."""
        self.port.memory[:] = self._chance.randbytes(len(self.port.memory))

    def end_run(self):
        """Let nothing more of the present run reach the chip."""
        self.port.is_over = self.flash.is_over = True

    # One wake

    def _wake(self):
        clock = self.clock
        # A program may end with another exception than the one that ended it.
        with suppress(Ended):
            self._run()
        with suppress(PowerLost):
            if self.deploys.end_run():
                self._cause = _HARD
            elif self.power.is_on:
                self.site.store.settle()
                clock.run_until(clock.us if self._due_us is None else self._due_us)
        if not self.power.is_on:
            self.site.store.doubt()
            self.charge.take("off", clock.us)
            clock.run_until(self.power.return_at())
            self._power_on()
            self.power.came()

    def _run(self):
        clock, regs = self.clock, self.port.regs
        self.begin_us = clock.us
        self.power.begin_run()
        try:
            self._boot()
            self._run_code(self.site.node.work.row_size)
            self.machine.run()
        finally:
            self.end_run()
            self.wifi.reset()
            self._show_radio()
            self.awake_us += clock.us - self.begin_us
            self.charge.take("sleep", clock.us, regs.slept_ms)
            self.begin_us = None

    def _boot(self):
        clock, regs = self.clock, self.port.regs
        clock.run_until(clock.us + round(self.site.node.usual["boot_s"] * 1_000_000))
        regs.boot_true_us, regs.slept_ms, regs.wdt_deadline_us = clock.us, 0, 0
        regs.reset_cause = self._cause
        regs.wake_reason = _TIMER if self._cause == _DEEPSLEEP else 0
        self.charge.take("boot", clock.us)
        self.port.is_over = False
        self.flash.begin_run(self._cause == _DEEPSLEEP)
        self.wake_count += 1
        self._has_rest, self._due_us = False, None
        self.deploys.begin_run()

    def _run_code(self, size):
        """Let the time pass that the chip needs to load and run code of `size` bytes."""
        p = self.site.node.usual
        seconds = flash_s(size) + size * p["load_s"] + p["run_s"]
        self.clock.run_until(self.clock.us + round(seconds * 1_000_000))

    def _load_rest(self):
        if not self._has_rest:
            self._has_rest = True
            work = self.site.node.work
            self._run_code(max(work.upload_size - work.row_size, 0))

    def sleep(self, ms):
        """End the run as a deep sleep does."""
        self._end("Z", ms)

    def _end(self, letter, ms=None):
        self.flash.is_over = True
        self._cause = _CAUSES[letter]
        if letter == "W":
            self.failed("the watchdog reset the chip")
        if letter == "Z":
            self._due_us = self._end_us if ms is None else self.clock.us + self.port.slept_us(ms)

    def say(self, *words, **_):
        """Take a line that the program prints."""
        text = " ".join(map(str, words))
        if is_error(text):
            self.errors.append((self.clock.us, text))

    def failed(self, text):
        """Take the traceback of an error that the program did not handle."""
        self.errors.append((self.clock.us, text))

    # The chip's requests

    def _ask(self, letter, content):
        if letter == b"W":
            # Only an upload needs the rest of the code.
            self._load_rest()
        try:
            answer = self.bus.ask(letter, content)
        except RefusedError as error:
            raise ChipError(error.args[0]) from None
        except WifiError as error:
            kind = RuntimeError if isinstance(error, UnknownWifiError) else ChipError
            raise kind(str(error)) from None
        except Exception as error:
            raise WorldError(f"request {letter.decode()}: {error!r}") from error
        if letter == b"W":
            self.watch_wifi()
        return answer

    def watch_wifi(self):
        """Follow a change of the station or of its surroundings."""
        due_us = self.wifi.due_us
        if due_us is not None and due_us != self._wifi_due_us:
            self._wifi_due_us = due_us
            self.clock.at(due_us, self._tick_wifi)
        self._show_radio()

    def _tick_wifi(self):
        self.wifi.tick(self.clock.us)
        self.watch_wifi()

    def _show_radio(self):
        state = self.wifi.radio
        if state != self._radio:
            self.join_count += state == "on"
            was_off, self._radio = self._radio == "off", state
            if was_off:
                self.radio_us.append([self.clock.us, None])
                self.power.radio_is_on()
            elif state == "off":
                self.radio_us[-1][1] = self.clock.us
            self.charge.take("radio", self.clock.us, self.port.regs.slept_ms, state)

    def verify(self, chain, roots, host):
        """Check certificates at the time of the node's clock; raises ValueError."""
        verify(chain, roots, host, self.port.rtc_us() // 1_000_000 + UNIX_2000_S)


class _Over(BaseException):
    """The end of the world's time."""
