"""Run a command on a separate terminal, on which the bench reads and types as a user does."""

import contextlib
import os
import pty
import select
import signal
import subprocess
import time

#: The environment for output without colours and progress bars.
PLAIN = {"TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}
_WAIT_S = 120


class Terminal:
    """Runs a command in a folder while inside `with`; at the end, sends Ctrl-C if it still runs.

    `text` is everything that the command has printed, with "\\r\\n" at line ends; `fd` is the file
    descriptor of the user's side.
    """

    def __init__(self, command, folder=None, environment=PLAIN):
        self._command, self._folder = command, folder
        self._environment = {**os.environ, **environment}
        self.fd = self._process = None
        self.text = ""
        self._data, self._at = b"", 0

    def __enter__(self):
        self.fd, its = pty.openpty()
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *self._command], cwd=self._folder, env=self._environment,
            stdin=its, stdout=its, stderr=its,
        )  # fmt: skip
        os.close(its)
        return self

    def __exit__(self, *error):
        if self._process.poll() is None:
            # The signal also ends a command that reads Ctrl-C as a character.
            os.killpg(self._process.pid, signal.SIGINT)
            try:
                self.end()
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self.fd)

    def wait(self, words, timeout_s=_WAIT_S):
        """Wait for words after the words of the last wait; return all text printed so far.

        Raises TimeoutError with the printed text.
        """
        deadline_s = time.monotonic() + timeout_s
        while (at := self.text.find(words, self._at)) < 0:
            if not self._read(deadline_s - time.monotonic()):
                raise TimeoutError(f"no {words!r}: {self.text!r}")
        self._at = at + len(words)
        return self.text

    def type(self, text):
        """Type a text; "\\n" is Enter."""
        os.write(self.fd, text.encode())

    def interrupt(self):
        """Press Ctrl-C, which reaches the command and its child processes after all typed text."""
        self.type("\x03")

    def end(self):
        """Read to the end and return the exit code. Raises TimeoutExpired after two minutes."""
        deadline_s = time.monotonic() + _WAIT_S
        while self._read(deadline_s - time.monotonic()):
            continue
        return self._process.wait(max(0, deadline_s - time.monotonic()))

    def _read(self, timeout_s):
        """Read a part; return False at the timeout or at the end of the command."""
        data = b""
        if select.select([self.fd], [], [], max(0, timeout_s))[0]:
            # Linux reports an error once the last process on a terminal has ended.
            with contextlib.suppress(OSError):
                data = os.read(self.fd, 65_536)
        self._data += data
        self.text = self._data.decode("utf-8", "replace")
        return bool(data)
