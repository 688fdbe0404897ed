"""A simulated chip whose program runs in MicroPython, in another process."""

import atexit
import fcntl
import os
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from littlefs import LittleFS, lfs

from wherry_host.temporary import TemporaryFolder
from wherry_host.virtual import vm
from wherry_host.virtual.image import PARAMETERS, READING
from wherry_host.year.chip.errors import Ended
from wherry_host.year.chip.flash_memory import Memory
from wherry_host.year.vm.requests import END, Requests
from wherry_host.year.vm.shared import Registers, memory_file
from wherry_host.year.vm.worker import DONE
from wherry_host.year.world.clock import WorldError

_SHIMS = Path(__file__).parent / "shim"
_HEAP = "1m"
# The memory of a run is not freed.
_RUN_COUNT_MAX = 400
_REQUEST_SIZE_MAX = 1 << 16
# A program that has ended may still ask, as in a `finally`.
_END_COUNT_MAX = 1_000
_LAST_SIZE = 500


class Flash:
    """The flash in shared memory; see cpython/flash.py for its attributes."""

    watch = on_failure = time = None

    def __init__(self, regs, image):
        self._regs = regs
        self.memory = _Shared(regs, image)
        self.descriptor = self.memory.descriptor

    @property
    def is_over(self):
        """Whether the run has ended: nothing more reaches the flash."""
        return self._regs.is_over

    @is_over.setter
    def is_over(self, value):
        self._regs.is_over = value

    def begin_run(self, slept):
        """Begin a run."""
        self._regs.is_over = False

    def used_size(self):
        """Return the bytes of the blocks in use."""
        count = len(self.memory.content) // PARAMETERS["block_size"]
        made = LittleFS(self.memory, mount=False, **{**READING, "block_count": count})
        made.mount()
        return lfs.fs_size(made.fs) * PARAMETERS["block_size"]


class _Shared(Memory):
    """The content; `fails_at` is the number of the operation in which the power fails."""

    def __init__(self, regs, image):
        self._regs = regs
        self.descriptor, self.content = memory_file("flash", len(image))
        self.content[:] = image

    @property
    def fails_at(self):
        return self._regs.writes_left or None

    @fails_at.setter
    def fails_at(self, count):
        self._regs.writes_left = count or 0


class Machine:
    """`node` is a Node; `regs` are the chip's Registers, `flash` is its Flash."""

    def __init__(self, node):
        self.regs = Registers()
        self.flash = Flash(self.regs, node.image)
        self._console = os.memfd_create("console")
        # After a truncation, the process writes at the new end.
        fcntl.fcntl(self._console, fcntl.F_SETFL, os.O_APPEND)
        self._process = self._link = None
        self._run_count = 0

    def connect(self, life):
        """Connect the chip with a Life, which has the world."""
        self._life = life
        site = life.site
        watch, time = life.full_flash, life.flash.time
        world = life.clock, site.network, site.chance, life.verify, watch, time
        self._requests = Requests(life.port, *world)
        self._extras = life.bus.frozen

    def deploy(self, node):
        """Write another slot for the node, whose program has ended."""
        self._stop()
        content = self.flash.memory.content
        content[:] = node.deployed(bytes(content))

    def run(self):
        """Run the program until it ends; raises Ended if it was ended."""
        if self._run_count >= _RUN_COUNT_MAX:
            self._stop()
        if self._process is None:
            self._start()
        self._run_count += 1
        self._requests.begin()
        try:
            self._serve()
        except Ended:
            self._end()
            raise
        except BaseException:
            self._stop()
            raise
        finally:
            self._say()
        self._life.port.wait_for_watchdog()

    def _serve(self):
        """Answer the requests of a run until it is done."""
        regs, clock = self.regs, self._life.clock
        regs.set_clock(clock.us)
        self._send(b"!")
        while (request := self._received()) != DONE:
            if request == b"X":
                self._fail_in_flash()
            answer = self._requests.answer(request)
            regs.set_clock(clock.us)
            self._send(answer)

    def _send(self, message):
        # If the process has ended, `_received` says so.
        with suppress(ConnectionError):
            self._link.sendall(message)

    def _received(self):
        """Return the next message of the process. Raises WorldError if it has ended."""
        with suppress(ConnectionError):
            if message := self._link.recv(_REQUEST_SIZE_MAX):
                return message
        last = os.pread(self._console, _REQUEST_SIZE_MAX, 0).decode("utf-8", "replace")
        raise WorldError(f"MicroPython has ended; it last printed: {last[-_LAST_SIZE:]}")

    def _fail_in_flash(self):
        # The program is inside littlefs, and cannot end there.
        self._stop()
        try:
            self.flash.on_failure()
        finally:
            self.flash.watch.end()

    def _end(self):
        """End the run of the program, which waits for an answer."""
        self.regs.is_over = True
        if self._process:
            for _ in range(_END_COUNT_MAX):
                self._send(END)
                if self._received() == DONE:
                    return
            self._stop()

    def _start(self):
        self._link, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        files = [end.fileno(), self.regs.descriptor, self.flash.descriptor]
        # With -P, modules in the user's folder do not replace those of Python.
        command = [sys.executable, "-P", "-m", "wherry_host.year.vm.worker", _compiled()]
        self._process = subprocess.Popen(
            [*command, *map(str, files), _HEAP, *self._extras],
            stdin=subprocess.DEVNULL,
            stdout=self._console,
            stderr=self._console,
            pass_fds=files,
        )
        end.close()

    def _stop(self):
        if self._process:
            # It must not find its link closed, which it would print.
            self._process.kill()
            self._process.wait()
            self._link.close()
            self._process, self._run_count = None, 0

    def _say(self):
        """Pass the lines of the console on."""
        size = os.fstat(self._console).st_size
        if size:
            text = os.pread(self._console, size, 0)
            os.ftruncate(self._console, 0)
            for line in text.decode("utf-8", "replace").splitlines():
                self._life.say(line)

    def close(self):
        """End the process, and close the files; the contents of flash and RTC memory stay."""
        self._stop()
        for descriptor in (self._console, self.regs.descriptor, self.flash.descriptor):
            os.close(descriptor)


@cache
def _compiled():
    """Return the folder of the compiled shims, which lives as long as this process."""
    folder = TemporaryFolder("vm")
    atexit.register(folder.remove)
    vm.compile_shims(folder.path, own=_SHIMS)
    return str(folder.path)
