"""Temporary folders; a killed program's folder is removed when the next program creates one.

Each folder has a file that its program keeps locked. The system releases the lock when the
program ends, however it ends. A lock does not depend on process numbers, which containers share.
"""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from wherry_host.private import is_own

try:
    import fcntl
except ImportError:
    # On Windows, the folder of a killed program remains.
    fcntl = None

_PREFIX = "wherry-"
_HELD, _BEGUN = "held", "held.new"


class TemporaryFolder:
    """A folder for its owner only; as a context manager, it yields its path and removes it."""

    def __init__(self, kind):
        _remove_leftovers()
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-"))
        self._lock = os.open(self.path / _BEGUN, os.O_CREAT | os.O_RDWR, 0o600)
        if fcntl:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # The folder gets its name only when its file is locked.
            os.rename(self.path / _BEGUN, self.path / _HELD)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Remove the folder and its contents. Raises OSError if a file cannot be removed."""
        if not fcntl:
            os.close(self._lock)
        try:
            # Once the file is unlocked, another program may find the folder and remove it as well.
            shutil.rmtree(self.path)
        finally:
            if fcntl:
                os.close(self._lock)


def folders(kind):
    """Return an iterator over the folders of a kind, including those of killed programs."""
    return Path(tempfile.gettempdir()).glob(f"{_PREFIX}{kind}-*")


def _remove_leftovers():
    if not fcntl:
        return
    for folder in folders("*"):
        # Another program may remove the folder concurrently.
        with suppress(OSError):
            if is_own(folder, stat.S_ISDIR) and _is_free(folder / _HELD):
                shutil.rmtree(folder)


def _is_free(path):
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
