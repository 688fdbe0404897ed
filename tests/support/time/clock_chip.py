"""A DS3231 by its registers, for tests of lib/ on both interpreters."""

from support.node.chip import Crash
from support.node.texts import stamp_text
from wherry.http.imf_date import days

ADDRESS, CONTROL, STATUS = 0x68, 0x0E, 0x0F
STOPS, STOPPED = 0x80, 0x80
_CENTURY = 0x80


class ClockChip:
    """A new chip, which has stopped; set, it runs with the true time of `owner`, if it has one.

    `writes` is the number of writes; `cut_after` writes from now the power is cut, if not None.
    """

    def __init__(self, owner=None):
        self.registers = bytearray(19)
        self.registers[3:6] = b"\1\1\1"
        self.registers[STATUS] = 0x88
        self.is_absent = False
        self.writes, self.cut_after = 0, None
        self._owner, self._shown_ms = owner, 0

    def readfrom_mem(self, address, register, count):
        self._reach(address)
        return bytes(self.registers[register : register + count])

    def writeto_mem(self, address, register, content):
        self._reach(address)
        self.writes += 1
        self.registers[register : register + len(content)] = content
        if register == 0 and self._owner:
            # A write to the seconds begins a new one.
            self._shown_ms = self._owner.true_ms
        if self.cut_after is not None:
            self.cut_after -= 1
            if not self.cut_after:
                raise Crash

    def pass_s(self, s):
        """Advance the clock; the day of the week counts from 1 to 7."""
        shown = self.registers[:7]
        shown[5] &= ~_CENTURY
        second, minute, hour, week_day, day, month, year = [
            (each >> 4) * 10 + (each & 15) for each in shown
        ]
        day_s = (hour * 60 + minute) * 60 + second + s
        date = days(2000 + year, month - 1, day) * 86_400 + day_s
        text = stamp_text(date, 0)
        digits = [text[at : at + 2] for at in (17, 14, 11, 8, 5, 2)]
        century = self.registers[5] & _CENTURY
        digits[3:3] = ["%d" % ((week_day - 1 + day_s // 86_400) % 7 + 1)]
        self.registers[:7] = bytes([int(each, 16) for each in digits])
        self.registers[5] |= century

    def _reach(self, address):
        assert address == ADDRESS
        if self.is_absent:
            raise OSError(19)
        if self._owner and not self.registers[STATUS] & STOPPED:
            passed_s = (self._owner.true_ms - self._shown_ms) // 1000
            self._shown_ms += passed_s * 1000
            self.pass_s(passed_s)
