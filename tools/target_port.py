"""A board at a serial port as a place to deploy to (see slots.py): mpremote used as a library."""

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
from wherry_host.ports import open_fault, port_fault
from wherry_host.slots import failure

VERSION_MIN = (1, 24)
_CHUNK_SIZE = 1536
# How long a silent board is knocked at before it is given up: time enough to press its button.
WAIT_S = 20
# A read of the port gives up after this; writing a block of flash takes far less.
_SILENCE_S = 5


# Runs on the board, once a connection. It holds one small buffer and no file longer than a call.
_BOARD_CODE = """
import os, sys, hashlib, binascii
def _hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while True:
            part = file.read(512)
            if not part:
                return binascii.hexlify(digest.digest()).decode()
            digest.update(part)
def _walk(folder, tell, inside=""):
    try:
        entries = list(os.ilistdir(folder + inside))
    except OSError:
        return
    for entry in entries:
        path = inside + "/" + entry[0]
        if entry[1] & 0x4000:
            _walk(folder, tell, path)
        else:
            print(repr((path[1:], tell(folder + path))))
def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
def _open(path):
    for i in range(1, len(path)):
        if path[i] == "/":
            try:
                os.mkdir(path[:i])
            except OSError as error:
                if error.errno != 17:
                    raise
    return open(path, "wb")
def _free():
    s = os.statvfs("/")
    return s[0] * s[3]
def _ring():
    from esp32 import Partition
    found = Partition.find(Partition.TYPE_DATA, label="wlog")
    return found[0] if found else None
"""


class PortTarget:
    """A board at a serial port, driven through mpremote's raw REPL.

    `look` is called between the steps and may raise to end the work there.
    """

    def __init__(self, port, wait_s=WAIT_S, look=lambda: None):
        self._look = look
        fault = port_fault(port)
        if fault:
            raise DeployError(fault)
        try:
            self._transport = SerialTransport(port, baudrate=115200)
        except TransportError:
            raise DeployError(open_fault(port)) from None
        try:
            self._knock(port, wait_s)
            with self._errors():
                self._transport.exec(_BOARD_CODE)
                version = self._transport.eval("tuple(sys.implementation[1][:2])")
            if version < VERSION_MIN:
                seen, needed = (".".join(map(str, pair)) for pair in (version, VERSION_MIN))
                raise DeployError(
                    f"the board runs MicroPython {seen}; flash {needed} or newer (`make flash`)"
                )
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
        # The board may be gone by now, and its port with it.
        with contextlib.suppress(OSError):
            self._transport.close()

    def _knock(self, port, wait_s):
        """Interrupt the node's program and reach the raw REPL, with a heap that nothing uses."""
        deadline_s = time.monotonic() + wait_s
        serial = self._transport.serial
        serial.timeout = 1
        with self._errors(), contextlib.redirect_stdout(io.StringIO()):
            while True:
                self._look()
                serial.write(b"\x02\r\x03")
                heard = self._transport.read_until(1, b">>> ", timeout=1, timeout_overall=2)
                if heard.endswith(b">>> "):
                    serial.timeout = _SILENCE_S
                    self._transport.enter_raw_repl(soft_reset=True)
                    return
                if time.monotonic() > deadline_s:
                    raise DeployError(
                        f"the board at {port} does not answer: if it sleeps, press its RESET (EN) "
                        "button while this waits; if it is new, flash MicroPython first"
                    )

    @contextlib.contextmanager
    def _errors(self):
        try:
            yield
        except TransportExecError as error:
            text = error.error_output.strip().splitlines()[-1]
            number = re.search(r"OSError: \(?(?:\[Errno )?(\d+)", text)
            raise failure(int(number[1]) if number else None, text) from None
        except (TransportError, SerialException, OSError, struct.error) as error:
            raise DeployError(f"the board stopped answering ({error}): check its cable") from None

    def _exec(self, code):
        with self._errors():
            return self._transport.exec(code)

    def _eval(self, expression):
        with self._errors():
            return self._transport.eval(expression)

    def read(self, path):
        return self._eval(f"_read({path!r})")

    def hashes(self, folder):
        return self._walked(folder, "_hash")

    def _walked(self, folder, tell):
        """Return {path inside the folder: what the board's function `tell` says of the file}."""
        lines = self._exec(f"_walk({folder!r}, {tell})").decode().splitlines()
        return dict(ast.literal_eval(line) for line in lines)

    def write(self, path, data, progress=None):
        self._exec(f"_file = _open({path!r})")
        try:
            for at in range(0, len(data), _CHUNK_SIZE):
                self._look()
                part = data[at : at + _CHUNK_SIZE]
                # Base64 makes 4 bytes of 3; repr, as mpremote sends it, makes 9 of random bytes.
                text = base64.b64encode(part).decode()
                self._exec(f"_n = _file.write(binascii.a2b_base64({text!r}))")
                if progress:
                    progress(len(part))
        finally:
            self._exec("_file.close()")

    def remove(self, path):
        self._exec(f"os.remove({path!r})")

    def rename(self, old, new):
        self._exec(f"os.rename({old!r}, {new!r})")

    def free_size(self):
        return self._eval("_free()")

    def ring_size(self):
        """Return the bytes of the board's ring, 0 where it has none."""
        return self._eval("_ring().info()[3] if _ring() else 0")

    def restart(self):
        """Start the board anew; RTC memory, and the rows in it, stay."""
        with self._errors():
            self._transport.exec_raw_no_follow(
                "import machine, time\ntime.sleep_ms(100)\nmachine.reset()"
            )
