"""The chip: clock, console, waiting, deep sleep."""

import time

import machine
from micropython import const
from wherry import free

# A deep sleep shorter than this costs more than it saves: a wake takes about half a second.
_DEEP_SLEEP_MS_MIN = const(1_000)
_STEP_MS = const(1_000)
# The temperature that corrects the sleep clock, until a sensor takes it.
_felt = []


def rtc_ms():
    """Return the RTC clock in ms since 2000-01-01, or since power-on if it is not set."""
    return time.time_ns() // 1_000_000


def celsius():
    """Return the chip's temperature in whole °C."""
    if _felt:
        return _felt.pop()
    import esp32

    read = getattr(esp32, "mcu_temperature", None)
    # Only the original ESP32 has raw_temperature, in °F.
    return read() if read else (esp32.raw_temperature() * 5 - 160 + 4) // 9


def felt():
    """Return the chip's temperature in whole °C; the sample that follows shares the reading."""
    _felt[:] = (celsius(),)
    return _felt[0]


class Ports:
    """The node's ports to the chip (see wherry/node.py); `watchdog` is a machine.WDT.

    `led` is the wiring of the board's LED, or None without an LED. `after_accident` is False if
    the last run is known to have ended in an ordinary sleep.
    """

    # rest(due_ms) of a sensor whose pin wakes the chip; see pulses.py.
    rest = None

    def __init__(self, watchdog, on_battery, after_accident, led):
        self.after_accident = after_accident
        self.feed = watchdog.feed
        self.rtc_ms = rtc_ms
        self.on_battery = on_battery
        self._led = led

    def say(self, text):
        """Print a line on the console, with the seconds since the start."""
        s, ms = divmod(time.ticks_ms(), 1000)  # pyright: ignore
        print("%d.%03d %s" % (s, ms, text))

    def set_rtc(self, ms):
        """Set the RTC clock to ms since 2000-01-01."""
        import rtc

        rtc.set_rtc(ms)

    def link(self, node):
        """Create the link for the node's first upload; most wakes do not need it."""
        import first_link
        import settings

        link = first_link.made(settings.read(), node.stage, self, [])
        link.idle = node.sample_if_due
        return link

    def scan(self, upload, node, is_joined):
        """Do an upload's due scans; see scans.py."""
        import scans

        scans.hear(upload, node, is_joined)

    def light(self, on):
        """Switch the board's LED on or off, if it has one."""
        if self._led:
            import led

            led.switch(self._led, on)

    def wait_ms(self, ms):
        """Wait, and feed the watchdog."""
        while ms > 0:
            self.feed()
            time.sleep_ms(min(ms, _STEP_MS))
            ms -= _STEP_MS

    def wait_until(self, due_ms, node):
        """Wait until the RTC shows due_ms: in deep sleep on battery, which does not return."""
        left_ms = due_ms - rtc_ms()
        if self.on_battery and left_ms >= _DEEP_SLEEP_MS_MIN:
            if node.link:
                node.link.close()
            if hasattr(node.queue, "rest"):
                node.queue.rest(node.stage)
            if self.rest:
                self.rest(due_ms)
            machine.deepsleep(left_ms)
        free()
        while left_ms > 0:
            self.wait_ms(min(left_ms, _STEP_MS))
            if self.rest:
                # A contact may have brought the next sample forward.
                state = node.stage.state
                due_ms = min(due_ms, state.sample_due + state.zero_ms)
            left_ms = due_ms - rtc_ms()
