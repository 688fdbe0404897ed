"""Files and folders that only their owner can access, whatever the umask: keys and readings.

Existing files and folders keep their mode, because their owner has chosen it.
"""

import os
from contextlib import suppress
from pathlib import Path

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


def make_file(path):
    """Create an empty file unless it exists; return its path. Raises OSError."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE))
    return Path(path)


def make_folder(path):
    """Create a folder and its parents unless it exists; return its path."""
    path = Path(path)
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(_FOLDER_MODE, exist_ok=True)
    return path


def is_own(path, is_kind):
    """Return True if a path exists, is of a kind (`stat.S_ISDIR`, …) and belongs to the user."""
    try:
        found = path.lstat()
    except OSError:
        return False
    # Windows lacks this function, but its folder for temporary files is private to the user.
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return is_kind(found.st_mode) and is_ours
