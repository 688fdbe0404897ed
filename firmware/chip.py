"""The chip: RTC clock and memory, console, waiting, deep sleep."""

import time

import machine
from micropython import const
from wherry import once
from wherry.stage import MARK_AT

# Below this a deep sleep costs more than it saves: a wake takes about half a second.
_DEEP_SLEEP_MS_MIN = const(1_000)
_STEP_MS = const(1_000)
_MEMORY_SIZE = const(2_048)
_MARK_SIZE = const(4)


def rtc_ms():
    """Return the RTC clock in ms since 2000-01-01: since power-on until it is set."""
    return time.time_ns() // 1_000_000


def set_rtc(ms):
    """Set the RTC clock."""
    # Eight values on the chip, nine on the desktop.
    year, month, day, hour, minute, second, weekday = time.gmtime(ms // 1000)[:7]
    machine.RTC().datetime((year, month, day, weekday, hour, minute, second, ms % 1000 * 1000))


def rtc_memory():
    """Return RTC memory as a writable buffer of 2,048 bytes, and a function that flushes it."""
    if hasattr(machine, "mem_backup"):
        # MicroPython 1.29: the memory itself, no copy.
        return machine.mem_backup(), lambda: None
    rtc = machine.RTC()
    buffer = bytearray(_MEMORY_SIZE)
    content = rtc.memory()
    buffer[: len(content)] = content
    return buffer, lambda: rtc.memory(buffer)


def mark(buffer, at=MARK_AT):
    """Return the mark of how the last run ended, 0 for a sleep; `buffer` is RTC memory."""
    return bytes(buffer[at : at + _MARK_SIZE])


def put_mark(buffer, mark=bytes(_MARK_SIZE)):
    """Put a mark of four bytes there."""
    buffer[MARK_AT : MARK_AT + _MARK_SIZE] = mark


class Ports:
    """What the node asks of the chip, see wherry/node.py; `watchdog` is a machine.WDT.

    `after_accident` is False where the last run is known to have ended in an ordinary sleep.
    """

    def __init__(self, watchdog, battery_powered, after_accident):
        self.after_accident = after_accident
        self.feed = watchdog.feed
        self.once = once
        self.rtc_ms = rtc_ms
        self.set_rtc = set_rtc
        self._battery_powered = battery_powered

    def say(self, text):
        """Tell a person at the console."""
        s, ms = divmod(time.ticks_ms(), 1000)  # pyright: ignore
        print("%d.%03d %s" % (s, ms, text))

    def link(self, node):
        """Return the link, for the node's first upload; most wakes need none."""
        settings = once("settings", "read")
        link = once("setup", "make_link", settings, node.stage.state, self)
        link.idle = node.idle
        return link

    def wait_ms(self, ms):
        """Pass time, fed."""
        while ms > 0:
            self.feed()
            time.sleep_ms(min(ms, _STEP_MS))
            ms -= _STEP_MS

    def wait_until(self, due_ms, node):
        """Wait until the RTC shows due_ms: in deep sleep on battery, which does not return."""
        left_ms = due_ms - rtc_ms()
        if self._battery_powered and left_ms >= _DEEP_SLEEP_MS_MIN:
            if node.link:
                node.link.close()
            if hasattr(node.queue, "rest"):
                node.queue.rest(node.stage)
            machine.deepsleep(left_ms)
        self.wait_ms(left_ms)
