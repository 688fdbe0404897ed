"""The true time from a DS3231: a clock chip with a battery of its own. Loaded on demand.

The chip counts seconds in BCD digits (Maxim 19-5170 rev 10, "Timekeeping Registers"). It does not
show who has set it, or for which zone. So a node that knows the time sets it to UTC and leaves a
mark that a program overwrites or does not write when it sets a date: the bit of the century,
another day of the week than the date's, and in the registers of the alarms, which do nothing while
they are off, the time at which it was set, its uncertainty then, and a CRC. A chip without the
mark, or one that has stopped since, is not believed.
"""

from binascii import crc32

from micropython import const

# The number of the source, which no time server has.
SOURCE = const(98)
_ADDRESS = const(0x68)
# Seconds to year in seven bytes, then the alarms in seven, control and status.
_TIME_SIZE = const(7)
_CONTROL = const(0x0E)
_SIZE = const(16)
# The oscillator stops without the supply; it has stopped; bits that read as 0.
_STOPS = const(0x80)
_STOPPED = const(0x80)
_NO_STATUS = const(0x70)
# The places of seconds, minutes, hours, day, month and year in a stamp.
_DIGITS_AT = (17, 14, 11, 8, 5, 2)
_WEEK_DAY_AT = const(3)
_MONTH_AT = const(5)
_CENTURY = const(0x80)
# 2000-01-01 was a Saturday, which no convention counts as the third day.
_WEEK_DAY = const(2)
# 3.5 ppm from -40 to 85 °C, 5 ppm for the DS3231M, and aging.
_DRIFT_PPM = const(10)
_HALF_MS = const(500)
# The mark has the uncertainty in tenths of a second.
_TENTH_MS = const(100)
_KEPT_MS_MAX = const(25_000)
_UNCERTAINTY_MS_MAX = const(60_000)
# Times more than this after the firmware's date are invalid.
_LATE_S = const(0x3FFFFFFF)
# The chip is set again if the node's time is better by this.
_BETTER_MS = const(1_000)
# The time by which a second of the chip may begin late, and the tries for that.
_LATE_MS = const(20)
_TRIES = const(3)


def answer(node) -> tuple:
    """Return (ticks, true ms, uncertainty in ms, SOURCE) of one moment.

    Raises OSError, whose text is the reason, if the chip is absent or is not to be believed.
    """
    bus = node.link.time["ds3231"]
    # A single read does not suffice: a checksum protects only the mark, not the digits.
    first_s = read(bus)[0]
    ticks = node.ticks()
    s, set_s, uncertainty_ms = read(bus)
    if not (0 <= s - node.link.date_min_s <= _LATE_S and 0 <= s - first_s <= 1):
        raise OSError("its time is wrong")
    # The seconds are rounded down.
    uncertainty_ms += _HALF_MS + (s - set_s) * _DRIFT_PPM // 1000
    if uncertainty_ms > _UNCERTAINTY_MS_MAX:
        raise OSError("it was set too long ago")
    return ticks, s * 1000 + _HALF_MS, uncertainty_ms, SOURCE


def read(bus) -> tuple:
    """Return (s, the s at which the chip was set, its uncertainty then in ms).

    The seconds are since 2000, in UTC. Raises OSError, whose text is the reason, if the chip is
    absent or is not to be believed.
    """
    data = bus.readfrom_mem(_ADDRESS, 0, _SIZE)
    if data[_CONTROL + 1] & _NO_STATUS:
        raise OSError("not a DS3231")
    if data[_CONTROL + 1] & _STOPPED:
        raise OSError("it has stopped")
    mark = data[_TIME_SIZE:_CONTROL]
    if mark[5:] != _crc(mark[:5]) or not data[_MONTH_AT] & _CENTURY:
        raise OSError("no node has set it")
    s, set_s = _seconds(data), int.from_bytes(mark[:4], "little")
    if s is None or s < set_s:
        raise OSError("its time is wrong")
    return s, set_s, mark[4] * _TENTH_MS


def keep(node, uncertainty_ms: int, wait_until) -> None:
    """Set the chip if a node's time, which has this uncertainty, is better; report a failure.

    `wait_until(node, ticks)` waits for a moment.
    """
    try:
        if uncertainty_ms <= _KEPT_MS_MAX and _is_due(node, uncertainty_ms):
            _set(node, uncertainty_ms, wait_until)
    except (OSError, MemoryError) as error:
        node.ports.say("time: DS3231: not set: %s" % error)


def _is_due(node, uncertainty_ms):
    """Return True if the chip is not believed, contradicts the node, or is worse by a second.

    Raises OSError if it does not answer, or is another device.
    """
    status = node.link.time["ds3231"].readfrom_mem(_ADDRESS, _CONTROL + 1, 1)[0]
    if status & _NO_STATUS:
        raise OSError("not a DS3231")
    try:
        ticks, true_ms, own_ms, _ = answer(node)
    except OSError:
        return True
    off_ms = abs(node.clock.true_ms(ticks) - true_ms)
    return off_ms > own_ms + uncertainty_ms or uncertainty_ms + _HALF_MS + _BETTER_MS < own_ms


def _set(node, uncertainty_ms, wait_until):
    """Set the chip at the beginning of a second; raises OSError if it does not keep the time."""
    bus, clock = node.link.time["ds3231"], node.clock
    for _ in range(_TRIES):
        now = node.ticks()
        left_ms = 1000 - clock.true_ms(now) % 1000
        s = (clock.true_ms(now) + left_ms) // 1000
        content = content_of(s, uncertainty_ms + _LATE_MS)
        wait_until(node, now + left_ms)
        if node.ticks() - now - left_ms <= _LATE_MS:
            write(bus, content)
            read(bus)
            return
    raise OSError("the node was too busy")


def content_of(s: int, uncertainty_ms: int) -> bytes:
    """Return the registers of a time in seconds since 2000, in UTC, with the mark."""
    from wherry.http.digits import put_stamp

    stamp = bytearray(24)
    put_stamp(stamp, 0, s, -1)
    time = bytearray([(stamp[at] & 15) << 4 | stamp[at + 1] & 15 for at in _DIGITS_AT])
    week_day = (s // 86_400 + _WEEK_DAY) % 7 + 1
    time[_WEEK_DAY_AT:_WEEK_DAY_AT] = bytes((week_day,))
    time[_MONTH_AT] |= _CENTURY
    mark = s.to_bytes(4, "little") + bytes((-(-uncertainty_ms // _TENTH_MS),))
    return bytes(time) + mark + _crc(mark)


def write(bus, content: bytes) -> None:
    """Write the registers of content_of; raises OSError if it fails."""
    # A power cut in the middle of the next write leaves no mark.
    bus.writeto_mem(_ADDRESS, _TIME_SIZE, bytes(_CONTROL - _TIME_SIZE))
    bus.writeto_mem(_ADDRESS, 0, content)
    control, status = bus.readfrom_mem(_ADDRESS, _CONTROL, 2)
    bus.writeto_mem(_ADDRESS, _CONTROL, bytes((control & ~_STOPS,)))
    bus.writeto_mem(_ADDRESS, _CONTROL + 1, bytes((status & ~_STOPPED,)))


def _crc(mark):
    return crc32(b"wherry" + mark).to_bytes(4, "little")[:2]


def _seconds(data):
    """Return the seconds since 2000 of the time registers, or None if they are not valid."""
    digits = bytearray(data[:_TIME_SIZE])
    digits[_MONTH_AT] &= ~_CENTURY
    if max([each & 15 for each in digits]) > 9:
        return None
    second, minute, hour, week_day, day, month, year = [
        (each >> 4) * 10 + (each & 15) for each in digits
    ]
    # An hour from 40 on is one of a.m. and p.m.
    if max(second, minute) > 59 or hour > 23 or not (0 < day < 32 and 0 < month < 13):
        return None
    from wherry.http.imf_date import days

    date = days(2000 + year, month - 1, day)
    if week_day != (date + _WEEK_DAY) % 7 + 1:
        return None
    return ((date * 24 + hour) * 60 + minute) * 60 + second
