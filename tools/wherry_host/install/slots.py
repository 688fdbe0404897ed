"""Write a new version to the inactive slot of a board, and switch to it with one rename.

A slot is one file, /a.app or /b.app. The file /slot names the proven slot; during a trial, the
slot on trial and the number of its starts follow (docs/spec.md). The proven slot is never written,
and a power cut at any moment leaves a board that starts. A target offers read, digest, size,
write, remove, rename, free_size and mac on the board's filesystem: target_port.py and
target_image.py.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass

from wherry_host.compile.slot_file import blocks
from wherry_host.errors import DeployError
from wherry_host.partitions import BLOCK_SIZE

SLOTS = ("a.app", "b.app")
# As in firmware/boot/loader.py.
_TRIALS_MAX = 3
# littlefs copies a block before it writes to it, and a folder needs two blocks.
_SPARE_SIZE = 8 * BLOCK_SIZE

_REMEDIES = {
    5: "the board's flash cannot be read: erase it while flashing, then deploy again",
    28: "the board is full: let the node deliver what waits in /data, or lower queue_size_max",
    84: "the board's filesystem is damaged: erase it while flashing, then deploy again",
    30: "the board's filesystem is read-only: flash an image with a writable littlefs",
}


def failure(number, text):
    """Return the DeployError for an errno of the board; `text` is the board's message."""
    return DeployError(_REMEDIES.get(number, f"the board reports {text}"))


@dataclass
class Installed:
    """The outcome of a deploy: the active slot, its size in bytes and the bytes written."""

    slot: str
    size: int = 0
    written: int = 0
    on_trial: bool = False


def running(words):
    """Return the slot that starts next, from the words in /slot, or None if there are none."""
    if is_on_trial(words):
        return words[1]
    return words[0] if words else None


def is_on_trial(words):
    """Return True if the words in /slot make the loader start the slot on trial."""
    return len(words) == 3 and words[2].isdigit() and int(words[2]) < _TRIALS_MAX


def words_of(target):
    """Return the words in the target's /slot."""
    return (target.read("/slot") or b"").decode("ascii", "replace").split()


def install(data, loader, target, progress=None):
    """Write a slot's bytes to a target and switch to it; return Installed.

    `loader` is the content of /main.py. `progress(done, total)` is called with bytes. Raises
    DeployError; until the last step the board continues with its previous version.
    """
    words = words_of(target)
    if words in ([SLOTS[0]], [SLOTS[1]]) and _has(target, "/" + words[0], data):
        _replace(target, "/main.py", loader)
        return Installed(words[0], len(data))
    proven = _keep_proven(target, words)
    slot = SLOTS[proven == SLOTS[0]]
    written = _write(target, "/" + slot, data, progress)
    _replace(target, "/main.py", loader)
    _replace(target, "/slot", f"{proven} {slot} 0".encode() if proven else slot.encode())
    return Installed(slot, len(data), written, on_trial=proven is not None)


def _keep_proven(target, words):
    """Return the slot to keep, or None; a slot on trial yields to the proven one."""
    proven = words[0] if words else None
    if proven not in SLOTS or not target.size("/" + proven):
        return None
    _replace(target, "/slot", proven.encode())
    return proven


def _has(target, path, data):
    return target.digest(path) == hashlib.sha256(data).hexdigest()


def _write(target, path, data, progress):
    """Write a slot or the missing part of it; return the number of bytes written."""
    size = target.size(path)
    # An interrupted transfer is resumed, because the head, which comes first, has the file's
    # digest.
    done = size if 0 < size <= len(data) and _begins(target, path, data, size) else 0
    if size and not done:
        target.remove(path)
    _check_space(target, len(data) - done)
    target.write(path, data, progress, done)
    if not _has(target, path, data):
        with suppress(DeployError):
            target.remove(path)
        raise DeployError(
            "verification failed: the board has other bytes; deploy again; if it repeats, "
            "the flash is worn out"
        )
    return len(data) - done


def _begins(target, path, data, size):
    return target.digest(path) == hashlib.sha256(data[:size]).hexdigest()


def _check_space(target, size):
    need = _SPARE_SIZE + blocks(size) * BLOCK_SIZE
    free = target.free_size()
    if need > free:
        raise DeployError(
            f"this version needs {need // 1024} KB and {free // 1024} KB are free; "
            + _REMEDIES[28]
        )


def _replace(target, path, data):
    """Replace a small file's content; the file is complete at any moment."""
    if target.read(path) == data:
        return
    target.write(path + ".new", data)
    target.rename(path + ".new", path)
