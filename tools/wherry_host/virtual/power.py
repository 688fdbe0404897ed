"""The board's power and resets: the current run of a program, and the state at its start.

A kill keeps RTC memory and clock (cause 2 or 3), a cut loses both (cause 1), deep sleep keeps both
(cause 4), a soft reset keeps everything except the program (cause 5).
"""

import os
import random
import signal
import socket

from wherry_host.clock import UNIX_2000_S
from wherry_host.virtual import vm
from wherry_host.virtual.registers import MEMORY_SIZE, NO_PIN

PWRON, HARD, WDT, DEEPSLEEP, SOFT = 1, 2, 3, 4, 5
_WAKE_PIN, _WAKE_TIMER = 2, 4


class Power:
    """States: off, waiting (for a start or a wake-up, at `due_us`), running."""

    def __init__(self, options, regs, clock, console, spawn, emit):
        self._options, self._regs, self._clock = options, regs, clock
        self._console, self._spawn, self._emit = console, spawn, emit
        self._random = random.Random(options.seed)
        self.state, self.due_us = "off", None
        self.process = self.link = None
        self._asleep = False

    # The RTC clock

    def rtc_us(self, now_us):
        """Return the RTC clock at a true time: microseconds since 2000."""
        passed = now_us - self._regs["base_true_us"]
        return self._regs["base_rtc_us"] + passed + passed * self._regs["drift_ppb"] // 10**9

    def unix_us(self, now_us):
        """Return the RTC clock as Unix microseconds."""
        return self.rtc_us(now_us) + UNIX_2000_S * 1_000_000

    def _set_drift(self, ppm, rtc_us=None):
        now_us = self._clock.now_us()
        rtc_us = self.rtc_us(now_us) if rtc_us is None else rtc_us
        self._regs["base_true_us"] = now_us
        self._regs["base_rtc_us"] = rtc_us
        self._regs["drift_ppb"] = round(ppm * 1000)

    def set_drift(self, awake_ppm, asleep_ppm):
        """Set the error of the RTC, effective immediately."""
        self._options.drift_ppm, self._options.drift_asleep_ppm = awake_ppm, asleep_ppm
        self._set_drift(asleep_ppm if self._asleep else awake_ppm)

    # Power

    def power_on(self):
        """Apply power; RTC memory has random content, and the clock starts at 2000."""
        if self.state != "off":
            return
        self._regs.memory = self._random.randbytes(MEMORY_SIZE)
        self._set_drift(self._options.drift_ppm, rtc_us=0)
        self._regs["powered"] = 1
        self._regs["wake_pin"] = NO_PIN
        self._regs["cpu_hz"] = 160_000_000
        self._wait_for_start(PWRON)

    def go_on(self):
        """Start again after the supervisor was killed, which is a crash for the board."""
        self._wait_for_start(HARD)

    def cut(self):
        """Cut the power at this moment."""
        self._end()
        self._asleep = False
        self._regs["powered"] = 0
        self._regs["writes_left"] = 0
        self.state, self.due_us = "off", None
        self._emit("cut")

    def reset(self, cause=HARD, injected=False):
        """Stop the program wherever it is and restart it, as after a crash, reset or watchdog.

        `injected` is True if the reset comes from outside, not from the program.
        """
        if self.state == "off":
            return
        self._end()
        self._emit("reset", cause=cause, injected=injected)
        self._wait_for_start(cause)

    def sleep(self, ms):
        """Start deep sleep, which ends the program; with `ms` None, only a pin wakes the board."""
        self._end()
        self._set_drift(self._options.drift_asleep_ppm)
        self._emit("sleep", ms=ms)
        self._asleep = True
        self.state = "waiting"
        self.due_us = None if ms is None else self._clock.now_us() + ms * 1000
        self._wake_reason = _WAKE_TIMER
        # A level wakes the chip, so it does not sleep if the pin already has that level.
        if self._regs["wake_pin"] != NO_PIN:
            self.pin_changed(self._regs["wake_pin"], self._regs.level(self._regs["wake_pin"]))

    def pin_changed(self, pin, level):
        """Wake a sleeping board that waits for this pin."""
        if self._asleep and (pin, level) == (self._regs["wake_pin"], self._regs["wake_level"]):
            self._wake_reason = _WAKE_PIN
            self.due_us = self._clock.now_us()

    def _wait_for_start(self, cause, wake_reason=0):
        if self._asleep:
            self._asleep = False
            self._set_drift(self._options.drift_ppm)
        self._regs["wdt_deadline_us"] = 0
        self.state = "waiting"
        self.due_us = self._clock.now_us() + self._options.boot_ms * 1000
        self._cause, self._wake_reason = cause, wake_reason

    def _end(self):
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
            self._gone()

    def _gone(self):
        self._console.drain()
        self.link.close()
        self.process = self.link = None

    # Program runs

    def tick(self, now_us):
        """Start what is due, and apply the watchdog's reset."""
        if self.state == "waiting" and self.due_us is not None and now_us >= self.due_us:
            if self._asleep:
                self._wait_for_start(DEEPSLEEP, self._wake_reason)
            else:
                self._start(self._cause)
        deadline_us = self._regs["wdt_deadline_us"]
        running = self.state == "running"
        if running and self._options.wdt and deadline_us and now_us >= deadline_us:
            self.reset(WDT)

    @property
    def deaf(self):
        """True if serial input is lost: without power, or asleep."""
        return self.state == "off" or self._asleep

    def sleep_left_us(self, now_us):
        """Return the remaining sleep time, or 0 if awake or if only a pin wakes the board."""
        return max(0, self.due_us - now_us) if self._asleep and self.due_us is not None else 0

    def next_us(self):
        """Return the true time of the next action, or None."""
        times = [self.due_us if self.state == "waiting" else None]
        if self.state == "running" and self._options.wdt:
            times.append(self._regs["wdt_deadline_us"] or None)
        return min((time for time in times if time is not None), default=None)

    def _start(self, cause):
        self.due_us = None
        soft = cause == SOFT
        self._console.restart(soft)
        if not soft:
            self._regs.clear_flash()
            self._regs["boot_true_us"] = self._clock.now_us()
            self._regs["ticks_start_us"] = self._options.ticks_start_ms * 1000
            self._regs["wake_reason"] = self._wake_reason
            # A program arms its pin for a single sleep.
            self._regs["wake_pin"] = NO_PIN
        self._regs["reset_cause"] = cause
        self._regs["slept_ms"] = 0
        self._regs["raw_repl"] = int(self._console.raw)
        self._regs["interrupt"] = 0
        # This event is emitted before the program starts, so the program's first line comes after
        # it.
        self._emit("boot", cause=cause, prompt=bool(self._console.raw))
        self.link, theirs = socket.socketpair()
        self.process = self._spawn(self._console.terminal, theirs.fileno())
        theirs.close()
        self.state = "running"

    def reap(self, block=False):
        """Detect a program that ended by itself, by a soft reset or a crash of the interpreter."""
        if not self.process:
            return
        process, status = os.waitpid(self.process, 0 if block else os.WNOHANG)
        if not process:
            return
        self._gone()
        if os.WIFSIGNALED(status):
            self._emit("crash", signal=os.WTERMSIG(status))
            self._wait_for_start(HARD)
        else:
            self._start(SOFT)

    def interrupts(self):
        """Return True if Ctrl-C would now stop a program instead of being typed at a prompt."""
        return bool(self.process) and vm.catches_interrupt(self.process)

    def stop(self):
        """End the run permanently."""
        self._end()
        self._regs["powered"] = 0
        self.state = "off"
