"""The module `_board` of a simulated chip: the shims of the virtual board reach the world by it.

See virtual/shim/_board.py, which has the same names for a program in another process.
"""

from math import inf
from types import ModuleType, SimpleNamespace

from wherry_host.virtual.registers import MEMORY_SIZE, NO_PIN
from wherry_host.virtual.shim._fields import FIELDS
from wherry_host.year.chip.errors import Ended

_PINS = 64


class Registers(SimpleNamespace):
    """The fields of virtual/shim/_fields.py as attributes and by name; RTC memory; the pins."""

    def __init__(self):
        super().__init__(**dict.fromkeys(FIELDS, 0))
        self.wake_pin = NO_PIN
        self.memory = bytearray(MEMORY_SIZE)
        self.outputs = bytearray(_PINS)
        self.levels = bytearray(b"\x01" * _PINS)

    def __getitem__(self, name):
        return self.__dict__[name]

    def __setitem__(self, name, value):
        self.__dict__[name] = value


class Port:
    """The link of a chip with these registers; `ask(letter, content)` asks the models.

    `end(cause, ms)` is called when a program ends by itself: "Z" sleeps for `ms`, "R" resets, "W"
    is the watchdog. While `is_over` is true, each call raises Ended.
    """

    def __init__(self, regs, clock, ask, end):
        self.regs, self.memory = regs, regs.memory
        #: The largest drift of the life, and the true time at which it began to drift.
        self.drift_max_ppb, self.drift_from_us = 0, inf
        self._clock, self._ask, self._on_end = clock, ask, end
        self.is_over = False

    def _end(self, letter, ms=None):
        self.is_over = True
        self._on_end(letter, ms)
        raise Ended

    def check(self):
        """Raise Ended if the run of the program has ended."""
        if self.is_over:
            raise Ended

    def step(self, end_us):
        """Advance to the next event or to `end_us`; an unfed watchdog ends the program."""
        self.check()
        deadline_us = self.regs.wdt_deadline_us
        is_fed = not deadline_us or end_us <= deadline_us
        self._clock.step(end_us if is_fed else deadline_us)
        if not is_fed and self._clock.us >= deadline_us:
            self._end("W")

    def start_rtc(self):
        """Start the RTC clock, as a power-on does."""
        regs = self.regs
        regs.base_true_us, regs.base_rtc_us, regs.powered = self._clock.us, 0, 1

    def set_drift(self, ppb):
        """Set the drift of the RTC clock in parts per billion; a positive drift makes it fast."""
        self.set_rtc_us(self.rtc_us())
        self.regs.drift_ppb = ppb
        self.drift_max_ppb = max(self.drift_max_ppb, abs(ppb))
        self.drift_from_us = min(self.drift_from_us, self._clock.us)

    def slept_us(self, ms):
        """Return the true us of a sleep of `ms`, which the RTC clock measures."""
        return ms * 1_000_000_000_000 // (1_000_000_000 + self.regs.drift_ppb)

    def rtc_us(self):
        """Return the RTC clock in us since 2000, which drifts from true time."""
        regs = self.regs
        passed = self._clock.us - regs.base_true_us
        return regs.base_rtc_us + passed + passed * regs.drift_ppb // 1_000_000_000

    def set_rtc_us(self, value):
        """Set the RTC clock."""
        self.regs.base_true_us = self._clock.us
        self.regs.base_rtc_us = value

    def ticks_us(self):
        """Return the us since the chip started."""
        return self._clock.us - self.regs.boot_true_us + self.regs.ticks_start_us

    def wait_until(self, end_us):
        """Let time pass; the watchdog ends the program if it is not fed meanwhile."""
        self.check()
        deadline_us = self.regs.wdt_deadline_us
        if 0 < deadline_us < end_us:
            self._clock.run_until(deadline_us)
            self._end("W")
        self._clock.run_until(end_us)

    def wait_for_watchdog(self):
        """Show the prompt until the watchdog resets the chip."""
        self.wait_until(self.regs.wdt_deadline_us + 1)

    def call(self, request):
        """Answer a request of the shims; see virtual/bus.py for its letters."""
        self.check()
        letter = request[:1]
        if letter in (b"Z", b"R"):
            ms = int.from_bytes(request[1:], "little") if len(request) > 1 else None
            self._end(letter.decode(), ms)
        if letter == b"C":
            return b""
        return self._ask(letter, request[1:])

    def module(self):
        """Return the module `_board`."""
        made = ModuleType("_board")
        made.__dict__.update(
            regs=self.regs,
            memory=self.memory,
            outputs=self.regs.outputs,
            levels=self.regs.levels,
            clock=self._clock,
            now_us=self._clock.now_us,
            ticks_us=self.ticks_us,
            rtc_us=self.rtc_us,
            set_rtc_us=self.set_rtc_us,
            wait_until=self.wait_until,
            call=self.call,
            rare=_rare,
        )
        return made


def _rare(words, name):
    for each in words.split():
        found, _, value = each.partition("=")
        if found == name:
            return int(value)
    raise AttributeError(name)
