"""The module `_board` of a simulated chip: the shims of the virtual board reach the world by it.

See virtual/shim/_board.py, which has the same names for a program in another process.
"""

from types import ModuleType, SimpleNamespace

from wherry_host.virtual.registers import MEMORY_SIZE, NO_PIN
from wherry_host.virtual.shim._fields import FIELDS


class Ended(BaseException):
    """The program ends here: a sleep, a reset or the end of the world's time."""


class Registers(SimpleNamespace):
    """The fields of virtual/shim/_fields.py, as attributes and by name."""

    def __init__(self):
        super().__init__(**dict.fromkeys(FIELDS, 0))
        self.wake_pin = NO_PIN

    def __getitem__(self, name):
        return self.__dict__[name]

    def __setitem__(self, name, value):
        self.__dict__[name] = value


class Port:
    """The registers and RTC memory of a chip; `ask(request)` answers what the models know.

    `end(cause, ms)` is called before a program ends by itself: "Z" sleeps for `ms`, "R" resets,
    "W" is the watchdog.
    """

    def __init__(self, clock, ask, end):
        self.regs = Registers()
        self.memory = bytearray(MEMORY_SIZE)
        self.outputs = bytearray(64)
        self.levels = bytearray(b"\x01" * 64)
        self._clock, self._ask, self._end = clock, ask, end

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
        deadline_us = self.regs.wdt_deadline_us
        if 0 < deadline_us < end_us:
            self._clock.run_until(deadline_us)
            self._end("W")
            raise Ended
        self._clock.run_until(end_us)

    def call(self, request):
        """Answer a request of the shims; see virtual/bus.py for its letters."""
        letter = request[:1]
        if letter in (b"Z", b"R"):
            ms = int.from_bytes(request[1:], "little") if len(request) > 1 else None
            self._end(letter.decode(), ms)
            raise Ended
        if letter == b"C":
            return b""
        return self._ask(letter, request[1:])

    def module(self):
        """Return the module `_board`."""
        made = ModuleType("_board")
        made.__dict__.update(
            regs=self.regs,
            memory=self.memory,
            outputs=self.outputs,
            levels=self.levels,
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
