"""A command on a terminal of its own, and a person who reads what it prints and types answers."""

import os
import pty
import select
import signal
import subprocess
import time

_END_S = 30


class Terminal:
    """Inside `with` the command runs in a folder; at the end it gets Ctrl-C if it still runs."""

    def __init__(self, command, folder):
        self._command, self._folder = command, folder
        self._own = self._process = None
        self._data, self._seen, self._at = b"", "", 0

    def __enter__(self):
        self._own, its = pty.openpty()
        streams = {"stdin": its, "stdout": its, "stderr": its}
        # Without colours and progress bars.
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "100", "NO_COLOR": "1"}
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, env=environment, start_new_session=True, **streams
        )
        os.close(its)
        return self

    def __exit__(self, *error):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        os.close(self._own)

    def wait(self, text, end, timeout_s):
        """Wait for a text and, behind it, an end; return all that was printed so far.

        Raises TimeoutError with what was printed.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            at = self._seen.find(text, self._at)
            if at >= 0 and end in self._seen[at + len(text) :]:
                self._at = at + len(text)
                return self._seen
            if not self._read(deadline_s - time.monotonic()):
                raise TimeoutError(f"no {text!r}: {self._seen!r}")

    def type(self, answer):
        """Type a line."""
        os.write(self._own, f"{answer}\n".encode())

    def end(self, timeout_s):
        """Wait for the end of the command; raises CalledProcessError unless it ends well."""
        status = self._process.wait(timeout_s)
        if status:
            raise subprocess.CalledProcessError(status, self._command, self._seen)

    def _read(self, timeout_s):
        """Read what is there; return False at the end of the time, or of the command."""
        if not select.select([self._own], [], [], max(0, timeout_s))[0]:
            return False
        try:
            data = os.read(self._own, 65_536)
        except OSError:
            # A terminal whose last process has ended.
            return False
        self._data += data
        self._seen = self._data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
