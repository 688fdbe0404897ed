"""A DS3231 by its registers (Maxim 19-5170 rev 10, "Timekeeping Registers", "Control register",
"Status register", "Temperature registers").

A conversion takes its maximum time, and a write from 0x0E on reaches only one register. A battery
keeps the time and the alarms' registers while the board has no power; at first it is new, and the
clock stopped. The alarms themselves and the conversions every 64 s are not modelled.
"""

from datetime import UTC, datetime, timedelta

from wherry_host.virtual.chips.register_chip import RegisterChip
from wherry_host.virtual.chips.tables import Channel, Conversion, Register

_CONVERSION = Conversion(("temperature",), 200_000)
# Seconds to year, and the two alarms.
_TIME_SIZE, _ALARMS_SIZE = 7, 7
_CONTROL = _TIME_SIZE + _ALARMS_SIZE
_MONTH_AT, _CENTURY = 5, 0x80
_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
# The accuracy from 0 to 40 °C.
_DRIFT_PPM = 2


class Model(RegisterChip):
    """One clock chip on the bus."""

    name = "ds3231"
    CHANNELS = (("temperature", 1),)
    ADDRESS = 0x68
    QUANTITIES = {"temperature": Channel(0.25, raw_min=-512, raw_max=511)}
    REGISTERS = {
        # Control, status, aging offset.
        0x0E: Register(
            reset=0x1C,
            size=1,
            writable=0xDF,
            converts=lambda _: _CONVERSION,
            starts=0x20,
            busy=0x20,
            follower=0x0F,
        ),
        0x0F: Register(reset=0x88, size=1, writable=0x88, busy=0x04, follower=0x10),
        0x10: Register(size=1, writable=0xFF, follower=0x11),
        0x11: Register(
            size=1,
            channel="temperature",
            packed=lambda raw, _: raw >> 2 & 0xFF,
            follower=0x12,
        ),
        0x12: Register(size=1, channel="temperature", packed=lambda raw, _: (raw & 3) << 6),
    }
    REFUSES = False

    def __init__(self, surroundings, address=None):
        super().__init__(surroundings, address)
        # The time of the clock at a true time, both in us.
        self._time_us, self._set_us = 0, 0
        # The day of the week is counted from the one that was set; the bit of the century.
        self._first_week_day, self._century = 0, 0
        self._alarms = bytes(_ALARMS_SIZE)

    def write(self, data, now_us):
        """Set the register pointer, and the registers of the bytes that follow."""
        first, content = data[0], data[1:]
        if first >= _CONTROL:
            super().write(data, now_us)
            return
        self._pointer = first
        registers = bytearray(self._time(now_us) + self._alarms)
        registers[first : first + len(content)] = content
        self._alarms = bytes(registers[_TIME_SIZE:_CONTROL])
        if content and first < _TIME_SIZE:
            self._set_time(bytes(registers[:_TIME_SIZE]), first == 0, now_us)

    def read(self, count, now_us):
        """Return bytes from the register that the pointer selects."""
        if self._pointer >= _CONTROL:
            return super().read(count, now_us)
        kept = (self._time(now_us) + self._alarms)[self._pointer :][:count]
        self._pointer = _CONTROL
        return kept + (super().read(count - len(kept), now_us) if count > len(kept) else b"")

    def _clock_us(self, now_us):
        """Return the time of the clock, in us since 2000."""
        passed_us = now_us - self._set_us
        return self._time_us + passed_us + passed_us * _DRIFT_PPM // 1_000_000

    def _time(self, now_us):
        """Return the registers of the time."""
        time = _BEGIN + timedelta(microseconds=self._clock_us(now_us))
        week_day = ((time - _BEGIN).days + self._first_week_day) % 7 + 1
        numbers = time.second, time.minute, time.hour, week_day, time.day, time.month
        found = bytearray(int(str(each), 16) for each in (*numbers, time.year % 100))
        found[_MONTH_AT] |= self._century
        return bytes(found)

    def _set_time(self, registers, is_new_second, now_us):
        """Set the clock; a write to the seconds begins a new one."""
        digits = bytearray(registers)
        self._century = digits[_MONTH_AT] & _CENTURY
        digits[_MONTH_AT] &= ~_CENTURY
        second, minute, hour, week_day, day, month, year = (int(f"{each:x}") for each in digits)
        time = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
        self._first_week_day = week_day - 1 - (time - _BEGIN).days
        fraction_us = 0 if is_new_second else self._clock_us(now_us) % 1_000_000
        self._time_us = (time - _BEGIN) // timedelta(microseconds=1) + fraction_us
        self._set_us = now_us
