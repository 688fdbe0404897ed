"""The ESP32's time module in true time: seconds since 2000, 8-tuples, ticks that wrap at 2^30."""

import utime
import _board
from _board import now_us, regs, rtc_us, wait_until

_EPOCH_S = 946684800
_PERIOD = 0x40000000
_HALF = 0x20000000


def time():
    return rtc_us() // 1000000


def time_ns():
    return rtc_us() * 1000


def gmtime(seconds=None):
    if isinstance(seconds, float):
        raise TypeError("can't convert float to int")
    return utime.gmtime((time() if seconds is None else seconds) + _EPOCH_S)[:8]


localtime = gmtime


def mktime(moment):
    return int(utime.mktime(tuple(moment[:8]))) - _EPOCH_S


def sleep(seconds):
    wait_until(now_us() + int(seconds * 1000000))


def sleep_ms(ms):
    regs.slept_ms += ms
    wait_until(now_us() + ms * 1000)


def sleep_us(us):
    wait_until(now_us() + us)


def ticks_us():
    return _board.ticks_us() & _PERIOD - 1


def ticks_ms():
    return _board.ticks_us() // 1000 & _PERIOD - 1


def ticks_cpu():
    return utime.ticks_cpu() & _PERIOD - 1


def ticks_diff(end, start):
    return (end - start + _HALF & _PERIOD - 1) - _HALF


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return ticks + delta & _PERIOD - 1
