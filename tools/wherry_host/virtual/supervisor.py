"""The process of a virtual board: one loop over its ptys, its program and its commands.

`python -m wherry_host.virtual.supervisor DIR CLOCK` reads the options and then commands as JSON
lines from standard input, and writes events as JSON lines to standard output. The end of input
ends the board.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

from wherry_host.clock import SIZE as CLOCK_SIZE
from wherry_host.clock import VirtualClock
from wherry_host.private import make_file
from wherry_host.virtual import devices, vm
from wherry_host.virtual.bus import Bus, frame
from wherry_host.virtual.commands import Commands
from wherry_host.virtual.console import Console
from wherry_host.virtual.edges import Edges
from wherry_host.virtual.faketime import FakeTime
from wherry_host.virtual.flash_log import FlashLog
from wherry_host.virtual.image import filesystem_of
from wherry_host.virtual.options import Options
from wherry_host.virtual.pace import Pace
from wherry_host.virtual.power import SOFT, Power
from wherry_host.virtual.registers import Registers, map_file
from wherry_host.virtual.reports import Reports, flash_line
from wherry_host.virtual.resolver import Resolver
from wherry_host.virtual.surroundings import Surroundings
from wherry_host.virtual.wifi import Wifi

# Events that end a wake.
_ENDS = ("cut", "reset", "sleep", "crash")
_LOOP_MAX_S = 0.02
_INTERRUPT_S = 0.3
# The longest duration of a file operation.
_IN_FLASH_S = 6
_UNREAD_HIGH = 1 << 16


class Supervisor:
    """Owns all parts of one board; `run` returns when the board is to stop."""

    def __init__(self, folder, clock_path, options):
        self._folder, self._options = Path(folder), options
        self._clock = VirtualClock(clock_path)
        self._regs = Registers(self._folder / "rtc.bin")
        self._regs.set_ports(options.ports)
        self._regs.set_flash_is_slow(options.slow_flash)
        self._regs["device_id"] = int.from_bytes(options.mac, "big")
        self._log = make_file(self._folder / "console.log").open("ab", buffering=0)
        paces = (Pace(self._clock), Pace(self._clock)) if options.paced_serial else ()
        self._console = Console(self._log.write, self._line, *paces)
        self._flash_log = FlashLog(self._folder / "flash.img") if options.flash_log else None
        self._reports = Reports(self._emit, self._console.say, self._regs)
        self._surroundings = Surroundings(self._folder, options.weather_speed, options.seed)
        wifi = Wifi(self._regs, options.access_points, options.mac, options.seed)
        resolver = Resolver(self._regs, options.ports, options.seed)
        models = [devices.make(entry, self._surroundings) for entry in options.devices]
        near = self._clock, self._surroundings, options.beacons, self._regs.output
        self._bus = Bus(models, wifi, resolver, *near)
        self._power = self._make_power(clock_path)
        changed = self._power.pin_changed
        self._edges = Edges(models, self._regs, changed, self._clock.now_us())
        self._interrupt_until_s = None
        self._flash_seen, self._flash_look_s = None, 0
        self._fake_time = FakeTime(self._folder) if options.faketime else None
        self._stopping = self._awake = False
        self._radio = "off"
        self._commands = Commands(self._power, self._bus, self._regs, self._clock, options)
        self._pending = b""

    def _make_power(self, clock_path):
        # If the heap is measured, the shims must take as little of it as possible.
        is_lean = bool(self._options.heap_size)
        shims = self._folder / ("lean" if is_lean else "shims")
        vm.compile_shims(shims, is_lean)
        self._clock_map, clock_address = map_file(clock_path, CLOCK_SIZE)
        addresses = (self._regs.address, clock_address)
        flash_path = self._folder / "flash.img"

        def spawn(terminal, link):
            self._bus.forget()
            self._show_time()
            heap_size = self._options.heap_size
            files = filesystem_of(flash_path)
            flash = (flash_path, *((files.offset, files.size) if files.offset else ()))
            return vm.spawn(shims, heap_size, terminal, link, addresses, flash, self._extras())

        return Power(self._options, self._regs, self._clock, self._console, spawn, self._emit)

    def _extras(self):
        """Return the names of the shims that only some boards need."""
        wanted = {
            "_uart": self._bus.by_uart,
            "bluetooth": self._options.beacons is not None,
            "_flash_log": self._options.flash_log,
            "_steps": self._options.flash_steps,
            # If the heap itself is measured, nothing else may be in it.
            "_heap": not self._options.heap_size,
            "_heap_steps": self._options.heap_steps,
        }
        return [*self._bus.frozen, *(name for name, is_wanted in wanted.items() if is_wanted)]

    # Events

    def _emit(self, event, **details):
        if event in _ENDS:
            self._bus.wifi.reset()
            self._radio = "off"
            if self._awake:
                details["slept_ms"] = self._regs["slept_ms"]
                details["flash"] = self._regs.flash
                if self._options.flash_meter:
                    self._console.say(flash_line(**details["flash"]))
        if self._flash_log:
            details |= self._log_flash(event, details)
        if event in (*_ENDS, "boot"):
            self._awake = event == "boot"
        message = {"event": event, "time_us": self._clock.now_us(), **details}
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def _log_flash(self, event, details):
        """Report the start or end of a run to the log; return the details for the event."""
        is_boot = event == "boot"
        if self._awake and (event in _ENDS or (is_boot and details["cause"] == SOFT)):
            self._flash_log.end()
        return self._flash_log.begin() if is_boot else {}

    def _line(self, text):
        self._emit("line", text=text, flash=self._regs.flash)

    def _report_radio(self):
        """Emit a change of the radio, and the program's sleep time so far."""
        state = self._bus.wifi.radio
        if state != self._radio:
            self._radio = state
            self._emit("radio", state=state, slept_ms=self._regs["slept_ms"])

    # The loop

    def run(self):
        """Serve until a command or the end of input stops the board."""
        self._emit("ready", port=self._console.port)
        if self._regs["powered"]:
            self._power.go_on()
        else:
            self._power.power_on()
        try:
            while not self._stopping:
                self._turn()
        except BrokenPipeError:
            return
        finally:
            self._power.stop()
            for part in (self._console, self._surroundings, self._bus.resolver, self._log):
                part.close()

    def _turn(self):
        readable = self._wait()
        if self._bus.resolver.socket in readable:
            self._bus.resolver.receive()
        if self._console.inner in readable:
            self._console.pass_on()
        if self._power.link in readable:
            self._serve()
        if sys.stdin.fileno() in readable:
            self._read_commands()
        self._pass_typed()
        self._console.flush()
        now_us = self._clock.now_us()
        for part in (self._edges, self._power, self._bus.wifi, self._bus.resolver):
            part.tick(now_us)
        self._report_radio()
        self._power.reap()
        if self._options.skips_sleep:
            self._clock.skip(self._power.sleep_left_us(self._clock.now_us()))
        if self._clock.scale != 1:
            self._show_time()

    def _wait(self):
        sources = [sys.stdin.fileno(), self._bus.resolver.socket]
        attached = self._console.attached()
        if attached and self._interrupt_until_s is None and self._console.takes_typed():
            sources.append(self._console.outer)
        if len(self._console.unread) < _UNREAD_HIGH and self._console.takes_printed():
            sources.append(self._console.inner)
        if self._power.link:
            sources.append(self._power.link)
        drains = [self._console.outer] if attached and self._console.unread else []
        return select.select(sources, drains, [], self._pause_s())[0]

    def _pause_s(self):
        parts = (self._power.next_us(), self._bus.wifi.due_us, self._bus.resolver.due_us)
        longest_s = self._console.pause_s() or _LOOP_MAX_S
        dues_us = [due for due in (*parts, self._edges.due_us) if due is not None]
        due_us = min(dues_us, default=None)
        if due_us is None:
            return longest_s
        left_s = (due_us - self._clock.now_us()) / 1e6 / self._clock.scale
        return min(max(left_s, 0), longest_s)

    # The program's requests

    def _serve(self):
        try:
            received = self._power.link.recv(65536)
        except ConnectionError:
            received = b""
        if not received:
            # The program's end of the link is closed, so the program is ending or has ended.
            self._power.reap(block=True)
            return
        for request in self._bus.take(received):
            if not self._serve_power(request):
                # A program may die between its request and the answer.
                with contextlib.suppress(ConnectionError):
                    self._power.link.sendall(self._answer(request))

    def _answer(self, request):
        if self._reports.take(request):
            return frame(0, b"")
        if request == b"C":
            self._show_time()
            self._emit("clock_set", unix_us=self._power.unix_us(self._clock.now_us()))
            return frame(0, b"")
        return self._bus.answer(request)

    def _serve_power(self, request):
        """Carry out a request that ends the program, which gets no answer."""
        letter = request[:1]
        if letter == b"Z":
            self._power.sleep(int.from_bytes(request[1:], "little") if request[1:] else None)
        elif letter == b"R":
            self._power.reset()
        elif letter == b"X":
            self._power.cut()
        else:
            return False
        return True

    def _show_time(self):
        if self._fake_time:
            self._fake_time.show(self._power.unix_us(self._clock.now_us()))

    # The console's input

    def _pass_typed(self):
        if self._interrupt_until_s is not None and not self._interrupt_taken():
            return
        if self._power.deaf:
            self._console.read_typed()
        elif self._listens():
            self._type(self._console.read_typed())

    def _listens(self):
        """Return True if the program is running or the prompt is shown; input waits until then."""
        if self._power.state != "running":
            return False
        self._console.ready = self._console.ready or self._power.interrupts()
        return self._console.ready

    def _type(self, typed):
        before, interrupt, after = typed.partition(b"\x03")
        self._console.type(before)
        if not interrupt:
            return
        self._console.hold(after)
        if self._power.interrupts():
            self._emit("interrupt")
            self._regs["interrupt"] = 1
            self._interrupt_until_s = time.monotonic() + _INTERRUPT_S
        else:
            self._console.type(b"\x03")

    def _interrupt_taken(self):
        """Let a shim raise KeyboardInterrupt; a program that calls none gets SIGINT."""
        if self._regs["interrupt"] and self._power.state == "running":
            if self._options.slow_flash and self._is_in_flash():
                return False
            if not self._power.interrupts():
                self._console.type(b"\x03")
            elif time.monotonic() > self._interrupt_until_s:
                os.kill(self._power.process, signal.SIGINT)
            else:
                return False
        self._regs["interrupt"] = 0
        self._interrupt_until_s = None
        return True

    def _is_in_flash(self):
        """Return True if the program may be inside littlefs, which a signal would corrupt.

        A chip raises KeyboardInterrupt after the operation; here, it is raised when the program
        is not using the flash.
        """
        counts = self._regs.flash, self._regs.flash_owed_us
        if counts == self._flash_seen or time.monotonic() > self._interrupt_until_s + _IN_FLASH_S:
            return False
        if time.monotonic() > self._flash_look_s:
            self._flash_seen, self._flash_look_s = counts, time.monotonic() + _INTERRUPT_S
        return True

    # Commands

    def _read_commands(self):
        received = os.read(sys.stdin.fileno(), 65536)
        self._stopping = self._stopping or not received
        *lines, self._pending = (self._pending + received).split(b"\n")
        for line in lines:
            command = json.loads(line)
            self._emit("done", command=command, result=self._commands.do(command))


def main():
    """Run the board that the arguments and the first line describe."""
    folder, clock_path = sys.argv[1:]
    # Unbuffered, because the commands after it are read elsewhere.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as first:
        options = first.readline()
    # The parent may have blocked signals, which the board's programs would inherit.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Supervisor(folder, clock_path, Options.load(options)).run()


if __name__ == "__main__":
    main()
