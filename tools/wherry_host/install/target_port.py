"""A board at a serial port as a place to deploy to (see slots.py), with mpremote as a library."""

import ast
import base64
import contextlib
import io
import re
import struct
import time

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial import SerialException

from wherry_host.errors import DeployError
from wherry_host.install.ports import open_fault, port_fault
from wherry_host.install.slots import failure
from wherry_host.install.target_code import BOARD_CODE

VERSION_MIN = (1, 24)
_CHUNK_SIZE = 1536
# The number of bytes between two flushes, which a power cut may lose; each flush costs an erase.
_FLUSH_SIZE = 16 * _CHUNK_SIZE
# The time for which a silent board is called, enough to press a button.
WAIT_S = 20
# The time for which an answering board may be silent; listing a long folder takes up to 7 s.
_SILENCE_S = 60
# The same for a board that has been silent for that long, so that it can end its current work.
_SILENCE_AGAIN_S = 10


class Transport(SerialTransport):
    """mpremote's transport, with longer waits for a board that its flash keeps busy."""

    silence_s = _SILENCE_S

    def read_until(
        self, min_num_bytes, ending, timeout=10, data_consumer=None, timeout_overall=None
    ):
        if timeout_overall is not None:
            timeout_overall = self.silence_s
        return super().read_until(
            min_num_bytes, ending, self.silence_s, data_consumer, timeout_overall
        )

    def heard(self, ending, timeout_s):
        """Return the bytes up to an ending, a silence of `timeout_s`, or at most twice that time.

        On a pty, mpremote's read_until never ends while a node keeps printing.
        """
        self.serial.timeout = timeout_s
        data = new = self.serial.read(1)
        deadline_s = time.monotonic() + 2 * timeout_s
        while new and not data.endswith(ending) and time.monotonic() < deadline_s:
            new = self.serial.read(1)
            data += new
        return data


def _silent(line):
    """Show nothing, because a line for the user is printed only once."""


@contextlib.contextmanager
def restarted_after_error(target):
    """Restart the board at an open PortTarget if the block ends in an error."""
    try:
        yield
    except BaseException:
        # The first error is the one that is reported.
        with contextlib.suppress(DeployError):
            target.restart()
        raise


class PortTarget:
    """A board at a serial port, driven through mpremote's raw REPL.

    A node that gets no command for ten minutes restarts by itself (target_code.py).

    `look` is called between the steps and may raise an exception to end the work there; `show` is
    called with a line for the user if the board does not answer immediately. A subclass's
    `OWN_CODE` runs on the board after BOARD_CODE.
    """

    OWN_CODE = ""

    def __init__(self, port, wait_s=WAIT_S, look=lambda: None, show=lambda line: None):
        self._look = look
        fault = port_fault(port)
        if fault:
            raise DeployError(fault)
        try:
            self._transport = Transport(port, baudrate=115200)
        except TransportError:
            raise DeployError(open_fault(port)) from None
        try:
            self._knock(port, wait_s, show)
            self._put_code()
        except BaseException:
            self._close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._transport.exit_raw_repl()
        self._close()

    def _close(self):
        # The board and its port may have vanished.
        with contextlib.suppress(OSError):
            self._transport.close()

    def _knock(self, port, wait_s, show):
        """Interrupt the node's program and reach the raw REPL, with an unused heap."""
        deadline_s = time.monotonic() + wait_s
        with self._errors():
            while not self._answers():
                if time.monotonic() > deadline_s:
                    raise DeployError(
                        f"the board at {port} does not answer: if it sleeps, try again and press "
                        "RESET (EN) while the command waits; if it is new, flash MicroPython first"
                    )
                show(f"waiting for the board at {port}: press RESET (EN) if it sleeps")
                show = _silent
            self.wait(_SILENCE_S)
            self._empty_heap()

    def _empty_heap(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self._transport.enter_raw_repl(soft_reset=True)

    def _put_code(self):
        with self._errors():
            self._transport.exec(BOARD_CODE)
            version = self._transport.eval("tuple(sys.implementation[1][:2])")
        # A subclass's code may need modules that older versions lack.
        if version < VERSION_MIN:
            seen, needed = (".".join(map(str, pair)) for pair in (version, VERSION_MIN))
            raise DeployError(
                f"the board runs MicroPython {seen}; flash {needed} or newer (`wherry flash`)"
            )
        if self.OWN_CODE:
            self._exec(self.OWN_CODE)

    def clear(self):
        """Empty the board's heap, except for the code of this object."""
        with self._errors():
            self._empty_heap()
        self._put_code()

    def _answers(self):
        """Interrupt the board's program; return True if the prompt comes."""
        self._look()
        self._transport.serial.write(b"\x02\r\x03")
        return self._transport.heard(b">>> ", 1).endswith(b">>> ")

    def wait(self, silence_s):
        """Set the number of seconds of silence after which the board is given up."""
        self._transport.silence_s = self._transport.serial.timeout = silence_s

    @contextlib.contextmanager
    def _errors(self):
        try:
            yield
        except TransportExecError as error:
            text = error.error_output.strip().splitlines()[-1]
            number = re.search(r"OSError: \(?(?:\[Errno )?(\d+)", text)
            raise failure(int(number[1]) if number else None, text) from None
        except (TransportError, SerialException, OSError, struct.error) as error:
            # The board must still be restarted if possible; the port may have vanished.
            with contextlib.suppress(OSError):
                self.wait(min(self._transport.silence_s, _SILENCE_AGAIN_S))
            raise DeployError(f"the board stopped answering ({error}): check its cable") from None

    def _exec(self, code):
        with self._errors():
            return self._transport.exec("_fed()\n" + code)

    def _eval(self, expression):
        with self._errors():
            return self._transport.eval(f"_fed({expression})")

    def read(self, path):
        return self._eval(f"_read({path!r})")

    def digest(self, path):
        """Return the SHA-256 of a file in hex, or None if it does not exist."""
        return self._eval(f"_hash({path!r})")

    def size(self, path):
        """Return a file's size in bytes, or 0 if it does not exist."""
        return self._eval(f"_size({path!r})")

    def _walked(self, folder, say):
        """Return {path inside the folder: result of the board's function `say` for this file}."""
        lines = self._exec(f"_walk({folder!r}, {say})").decode().splitlines()
        return dict(ast.literal_eval(line) for line in lines)

    def write(self, path, data, progress=None, done=0):
        """Write a file whose first `done` bytes exist, and its parent folders."""
        self._exec(f"_file = _open({path!r}, {'ab' if done else 'wb'!r})")
        try:
            self._write_parts(data, progress, done)
        except DeployError:
            # The first error is the one that is reported.
            with contextlib.suppress(DeployError):
                self._exec("_file.close()")
            raise
        self._exec("_file.close()")

    def _write_parts(self, data, progress, done):
        flushed = done
        for at in range(done, len(data), _CHUNK_SIZE):
            self._look()
            part = data[at : at + _CHUNK_SIZE]
            # Base64 sends 3 bytes as 4; repr, which mpremote uses, would send random bytes as 9.
            text = base64.b64encode(part).decode()
            code = f"_n = _file.write(binascii.a2b_base64({text!r}))"
            if at + len(part) - flushed >= _FLUSH_SIZE:
                code += "; _file.flush()"
                flushed = at + len(part)
            self._exec(code)
            if progress:
                progress(at + len(part), len(data))

    def remove(self, path):
        self._exec(f"os.remove({path!r})")

    def rename(self, old, new):
        self._exec(f"os.rename({old!r}, {new!r})")

    def free_size(self):
        """Return the number of bytes in unused blocks."""
        return self._eval("_free()")

    def identity(self):
        """Return (_build, _machine) of sys.implementation; MicroPython has _build since 1.25."""
        return self._eval("_identity()")

    def mac(self):
        """Return the six bytes of the board's MAC address."""
        return self._eval("_mac()")

    def ring_size(self):
        """Return the size of the board's ring in bytes, or 0 if it has none."""
        return self._eval("_ring().info()[3] if _ring() else 0")

    def restart(self):
        """Restart the board; RTC memory and the rows in it stay."""
        with self._errors():
            self._transport.exec_raw_no_follow(
                "import machine, time\ntime.sleep_ms(100)\nmachine.reset()"
            )
