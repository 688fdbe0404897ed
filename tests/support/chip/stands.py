"""Replaces the chip's modules and flash where a module of firmware/ runs alone.

For MicroPython. The clock advances only during a sleep, so no test waits.
"""

import os
import sys
from time import gmtime

import vfs
from flash import Flash

_EPOCH_S = 946_684_800
_IS_FOLDER = 0x4000
_BLOCK_COUNT = 64
_HOST = "/host"

# This computer's own modules are imported first, because / may become a flash.
vfs.mount(vfs.VfsPosix("/"), _HOST)
sys.path[:] = [_HOST + path if path[:1] == "/" else path for path in sys.path]


class Slept(BaseException):
    """Raised where the chip would sleep; its argument is the duration in ms."""


class Clock:
    """The chip's `time`; its RTC and its ticks have the same value."""

    now_ms = 0

    @classmethod
    def sleep_ms(cls, ms):
        cls.now_ms += ms

    @classmethod
    def ticks_ms(cls):
        return cls.now_ms

    @staticmethod
    def ticks_diff(end, begin):
        return end - begin

    @classmethod
    def time_ns(cls):
        return cls.now_ms * 1_000_000

    @staticmethod
    def gmtime(seconds):
        return gmtime(seconds + _EPOCH_S)[:8]


class Esp32:
    """The chip's `esp32`: it is always at 30 °C."""

    @staticmethod
    def mcu_temperature():
        return 30


sys.modules["esp32"] = Esp32


class Watchdog:
    """`timeouts` are the timeouts of all watchdogs, `fed_ms` the times they were fed."""

    timeouts = []
    fed_ms = []

    def __init__(self, timeout):
        self.timeouts.append(timeout)

    def feed(self):
        self.fed_ms.append(Clock.now_ms)


class Rtc:
    """RTC memory as in MicroPython before 1.29: it is read and written as a copy."""

    content = b""
    moment = None

    def memory(self, content=None):
        if content is None:
            return Rtc.content
        Rtc.content = bytes(content)
        return None

    def datetime(self, moment):
        Rtc.moment = moment


class Machine:
    """The chip's `machine`; `cause` is the cause of the last reset."""

    PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
    WDT, RTC = Watchdog, Rtc
    cause = PWRON_RESET

    @classmethod
    def reset_cause(cls):
        return cls.cause

    @staticmethod
    def deepsleep(ms):
        raise Slept(ms)


class Dozing(Machine):
    """The `machine` after a wake by the timer, with RTC memory as in MicroPython 1.29."""

    cause, memory = Machine.DEEPSLEEP_RESET, bytearray(2048)

    @classmethod
    def mem_backup(cls):
        return cls.memory

    @staticmethod
    def wake_reason():
        return 4


class Converter:
    """An ADC behind a divider by two: `samples` in mV are read in turn; [None] makes it fail."""

    ATTN_11DB = 3
    samples = []

    def __init__(self, pin, atten):
        pass

    def read_uv(self):
        if Converter.samples == [None]:
            raise OSError(258)
        Converter.samples.append(Converter.samples.pop(0))
        return Converter.samples[-1] * 500


class Measuring(Dozing):
    """The `machine` after a wake on a battery whose voltage is measured."""

    ADC, Pin = Converter, int


class Ports:
    """The node's interface to the chip; `said` are the printed lines."""

    on_battery = False

    def __init__(self):
        self.said = []
        self.feed = Watchdog(0).feed

    def rtc_ms(self):
        return Clock.now_ms

    def say(self, text):
        self.said.append(text)


def stand_in(**modules):
    """Install objects in place of the chip's modules, by name."""
    sys.modules.update(modules)


def mount(files):
    """Mount a flash at / with {path: text}; return it."""
    flash = Flash(_BLOCK_COUNT)
    flash.format()
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash), "/")
    for path, text in files.items():
        write(path, text)
    return flash


def write(path, text):
    """Write a file, one byte per character; create its folders."""
    parts = path.split("/")
    for i in range(2, len(parts)):
        try:
            os.mkdir("/".join(parts[:i]))
        except OSError:
            pass  # The folder exists.
    if parts[-1]:
        with open(path, "wb") as file:
            file.write(bytes([ord(c) for c in text]))


def files(folder=""):
    """Return {path: text} of the files below a folder, {path/: ""} of an empty folder."""
    found = {}
    for entry in os.ilistdir(folder or "/"):
        path = folder + "/" + entry[0]
        if path in (_HOST, "/app"):
            continue
        if entry[1] & _IS_FOLDER:
            found.update(files(path) or {path + "/": ""})
        else:
            with open(path, "rb") as file:
                found[path] = "".join([chr(octet) for octet in file.read()])
    return found
