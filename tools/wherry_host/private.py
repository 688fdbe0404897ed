"""Files and folders for their owner alone, whatever the umask: they hold keys or readings.

What is there already keeps its mode: it is its owner's to say who reads it.
"""

import os
from contextlib import suppress
from pathlib import Path

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


def make_file(path):
    """Make an empty file unless there is one; return its path. Raises OSError."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE))
    return Path(path)


def make_folder(path):
    """Make a folder, and those that it lies in, unless it is there; return its path."""
    path = Path(path)
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(_FOLDER_MODE, exist_ok=True)
    return path


def is_own(path, is_kind):
    """Tell whether it is there, of this kind (`stat.S_ISDIR`, …) and this person's."""
    try:
        found = path.lstat()
    except OSError:
        return False
    # Windows lacks this number; its folder of temporary files is the person's own.
    is_ours = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return is_kind(found.st_mode) and is_ours
