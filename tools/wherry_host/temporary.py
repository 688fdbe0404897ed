"""Temporary folders; that of a killed program is removed when the next program makes its own.

Each folder has a file that its program holds locked. The system drops the lock at the end of the
program, however it ends, and a lock does not depend on process numbers, which containers share.
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
    # On Windows the folder of a killed program stays.
    fcntl = None

_PREFIX = "wherry-"
_HELD, _BEGUN = "held", "held.new"


class TemporaryFolder:
    """A folder for its owner alone; as a context its path, removed at the end."""

    def __init__(self, kind):
        _remove_leftovers()
        self.path = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-"))
        self._lock = os.open(self.path / _BEGUN, os.O_CREAT | os.O_RDWR, 0o600)
        if fcntl:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            # Under its own name the file is locked from the first moment.
            os.rename(self.path / _BEGUN, self.path / _HELD)

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        """Remove the folder and all in it. Raises OSError where a file cannot be removed."""
        if not fcntl:
            os.close(self._lock)
        try:
            # Without the lock another program may take it for a leftover and remove it as well.
            shutil.rmtree(self.path)
        finally:
            if fcntl:
                os.close(self._lock)


def folders(kind):
    """Return an iterator over the folders of a kind, those of killed programs and others too."""
    return Path(tempfile.gettempdir()).glob(f"{_PREFIX}{kind}-*")


def _remove_leftovers():
    if not fcntl:
        return
    for folder in folders("*"):
        # Another program may remove it at the same time.
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
