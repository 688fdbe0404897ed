"""A virtual ESP32 as a Python object: start it, cut its power, wait for its output.

The board is a separate process (supervisor.py); this object passes commands and collects events.
The process ends with `stop`, or with the process that created it.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time

from wherry_host.clock import VirtualClock
from wherry_host.errors import ToolError
from wherry_host.private import make_folder
from wherry_host.virtual import faketime
from wherry_host.virtual.image import Image
from wherry_host.virtual.options import Options

_ANSWER_S = 30
# The power state that an event implies.
_IS_POWERED = {"ready": True, "boot": True, "cut": False}


class VirtualBoardError(ToolError):
    """The board did not carry out a request in time, or is not running."""


class VirtualBoard:
    """One board in the directory `folder`; the keyword options are the fields of `Options`.

    `clock_file` is a VirtualClock's file; by default, the board creates one in its folder.
    """

    def __init__(self, folder, clock_file=None, **options):
        self.folder = make_folder(folder)
        self.options = Options(**options)
        if clock_file is None:
            clock_file = self.folder / "clock"
            VirtualClock.create(clock_file)
        self.clock = VirtualClock(clock_file)
        self.flash = self.folder / "flash.img"
        if not self.flash.exists():
            Image.create(self.flash, self.options.flash_size, self.options.wlog_size)
        self.port = None
        self.powered = False
        self.wifi_up = True
        self.lines = []  # (true Unix us, text) of all that the board has printed since start
        # Each event of a line has "flash", as in `status`, at the time when the line was fetched.
        # So do the events that end a wake: sleep, reset, cut, crash.
        self.events = []
        self._process = None
        self._changed = threading.Condition()
        self._asking = threading.Lock()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Start the process and apply power, if the board is off or its supervisor was killed."""
        command = [sys.executable, "-m", "wherry_host.virtual.supervisor"]
        self._process = subprocess.Popen(
            [*command, self.folder, self.clock.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment(),
            # Ctrl-C at the terminal is for the command that created the board.
            start_new_session=True,
        )
        # The options are not arguments, which every user may read, because they include passwords.
        self._report(self.options.dump())
        self.lines, self.events = [], []
        self._reader = threading.Thread(target=self._collect, args=(self._process,), daemon=True)
        self._reader.start()
        self.port = self.wait_event("ready")["port"]
        return self

    def _environment(self):
        faked = faketime.environment(self.folder) if self.options.faketime else {}
        return {**os.environ, **faked}

    @property
    def alive(self):
        """True if the board's process is running."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self):
        """The id of the board's process, the parent of its program; None if it is not running."""
        # Another thread may read this while the board is being stopped.
        process = self._process
        return process.pid if process and process.poll() is None else None

    def stop(self):
        """Switch the board off permanently; its folder stays."""
        if self._process:
            self._process.stdin.close()
            try:
                self._process.wait(_ANSWER_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._reader.join()
            self._process.stdout.close()
            self._process = None
            self.port = None

    def _collect(self, process):
        for line in process.stdout:
            event = json.loads(line)
            with self._changed:
                if event["event"] == "line":
                    self.lines.append((event["time_us"], event["text"]))
                self.powered = _IS_POWERED.get(event["event"], self.powered)
                self.events.append(event)
                self._changed.notify_all()
        with self._changed:
            self.powered = False
            self.events.append({"event": "gone"})
            self._changed.notify_all()

    # Waiting, in host seconds

    def _wait(self, entries, find, since, timeout_s, what):
        end_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for entry in entries[since:]:
                    if (found := find(entry)) is not None:
                        return found
                since = len(entries)
                gone = bool(self.events) and self.events[-1]["event"] == "gone"
                if gone or not self._changed.wait(max(end_s - time.monotonic(), 0)):
                    last = "\n".join(text for _, text in self.lines[-8:])
                    why = "the board is gone" if gone else f"no {what} in {timeout_s} s"
                    raise VirtualBoardError(f"{why}; it last printed:\n{last}")

    def wait_line(self, pattern, timeout_s=30, since=0):
        """Return (true Unix us, match) of the first matching line from index `since` on."""
        compiled = re.compile(pattern)

        def find(entry):
            found = compiled.search(entry[1])
            return found and (entry[0], found)

        return self._wait(self.lines, find, since, timeout_s, f"line {pattern!r}")

    def wait_event(self, name, timeout_s=30, since=0, **details):
        """Return the first event from index `since` on that has this name and these details."""

        def find(event):
            same = all(event.get(key) == value for key, value in details.items())
            return event if event["event"] == name and same else None

        return self._wait(self.events, find, since, timeout_s, f"event {name!r}")

    def _do(self, command, **arguments):
        with self._asking:
            if self._process is None:
                raise VirtualBoardError("the board is not started: call start() first")
            since = len(self.events)
            self._report(json.dumps({"do": command, **arguments}))
            return self.wait_event("done", _ANSWER_S, since)["result"]

    def _report(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    # Power

    def power_on(self):
        """Apply power after a cut: reset cause 1, random RTC memory, RTC at 2000."""
        self._do("power_on")
        self.powered = True

    def cut(self):
        """Cut the power now; the board stays off until `power_on`."""
        self._do("cut")

    def cut_at_write(self, count):
        """Cut the power halfway through the `count`-th flash write or erase from now."""
        self._do("cut_at_write", count=count)

    def kill(self, cause=2):
        """Crash the program now: RTC memory and clock stay, and it restarts after `boot_ms`."""
        self._do("kill", cause=cause)

    def status(self):
        """Return the state ("off", "waiting", "running"), RTC time, causes and Wi-Fi codes.

        `flash` counts the flash operations of the wake: reads, read_bytes, programs,
        program_bytes, erases. It includes littlefs's mount. A soft reset does not begin a wake.
        """
        return self._do("status")

    # Surroundings

    def wifi(self, up=None, uplink=None):
        """Switch the access points, or only the network behind them, on (True) or off (False)."""
        self._do("wifi", up=up, uplink=uplink)
        self.wifi_up = self.wifi_up if up is None else up

    def access_points(self, points):
        """Replace the access points: dicts of ssid, password, bssid, channel and rssi."""
        self._do("access_points", points=points)

    def map_port(self, named, port):
        """Map a port that the firmware names to a port on loopback; 0 if nothing listens there."""
        self._do("port", named=named, port=port)

    def device(self, name, fault=None):
        """Give a device a fault: "absent", "nak", "timeout", "stuck", "bad", or None."""
        self._do("device", name=name, fault=fault)

    def battery(self, mv):
        """Set the cell's voltage."""
        self._do("battery", mv=mv)

    def pin(self, number, level):
        """Drive a pin from outside; it may wake the board."""
        self._do("pin", pin=number, level=int(level))

    def drift(self, awake_ppm, asleep_ppm):
        """Set the error of the RTC, effective immediately."""
        self._do("drift", awake_ppm=awake_ppm, asleep_ppm=asleep_ppm)

    # Records

    @property
    def console(self):
        """Return all bytes that a board in this folder has ever printed."""
        path = self.folder / "console.log"
        return path.read_bytes() if path.exists() else b""

    @property
    def truth(self):
        """Return the device models' log: dicts of time_us (true Unix), device, channel, value."""
        return self._log("truth")

    @property
    def accesses(self):
        """Return the program's accesses that the models have logged: dicts of time_us and device.

        A dict also has `fault`, the fault that the access met; `read_us`, the true Unix us of the
        measurement that it read; or `unread_us`, the true Unix us of a measurement that it could
        not read because of a fault.
        """
        return self._log("accesses")

    def _log(self, name):
        path = self.folder / f"{name}.jsonl"
        text = path.read_text() if path.exists() else ""
        # The board may be writing a line.
        return [json.loads(line) for line in text.splitlines(keepends=True) if line[-1] == "\n"]
