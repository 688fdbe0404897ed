"""Puts a new version on a board: into the slot that is not active, switched by one rename.

`/slot` names the active slot, a or b. `/trial` is there while that slot has not proven itself: the
loader counts its starts in it and falls back. A version is never written over the proven one, and
a power cut at any moment leaves a board that starts. A target offers read, hashes, write, remove,
rename and free_size on the board's filesystem: target_port.py and target_image.py.
"""

import hashlib
from dataclasses import dataclass

from wherry_host.errors import DeployError

BLOCK_SIZE = 4096
_APP = "app.mpy"
# littlefs copies a block before it writes into it, and a folder takes two.
_SPARE_SIZE = 8 * BLOCK_SIZE


_REMEDIES = {
    5: "the board's flash cannot be read: erase it while flashing, then deploy again",
    28: "the board is full: let the node deliver what waits in /data, or lower queue_size_max",
    84: "the board's filesystem is damaged: erase it while flashing, then deploy again",
    30: "the board's filesystem is read-only: flash an image with a writable littlefs",
}


def failure(number, text):
    """Return the DeployError for an errno of the board; `text` is what the board said."""
    return DeployError(_REMEDIES.get(number, f"the board reports {text}"))


@dataclass
class Installed:
    """What a deploy did: the slot that is active now, files and bytes that were written."""

    slot: str
    file_count: int = 0
    size: int = 0
    on_trial: bool = False


def install(plan, target, progress=None):
    """Write the plan to a target and switch to it; return Installed.

    `progress(done, total)` is told of bytes. Raises DeployError; until the last step the board
    goes on with the version it had.
    """
    active = _settle_active(target)
    wanted = plan.digests()
    if active and target.hashes("/" + active) == wanted and not _loader_differs(plan, target):
        return Installed(active)
    slot = "b" if active == "a" else "a"
    missing = _clear(target, slot, wanted)
    writes = {f"/{slot}/{name}": plan.files[name] for name in missing}
    _check_space(target, writes)
    done = Installed(slot, on_trial=active is not None)
    total = sum(len(data) for data in writes.values())

    def tell(size):
        done.size += size
        if progress:
            progress(done.size, total)

    for path, data in writes.items():
        target.write(path, data, tell)
        done.file_count += 1
    _verify(target, slot, wanted)
    if _loader_differs(plan, target):
        _replace(target, "/main.py", plan.loader)
    # The trial begins before the switch: a cut between the two leaves the old version on trial,
    # which it passes; the other way round the new one would have no way back.
    if done.on_trial:
        _replace(target, "/trial", b"0")
    _replace(target, "/slot", slot.encode())
    return done


def _settle_active(target):
    """Return the slot to keep, or None. A slot on trial yields to the proven one beside it."""
    slot = (target.read("/slot") or b"").decode("ascii", "replace").strip()
    if slot not in ("a", "b"):
        return None
    other = "b" if slot == "a" else "a"
    if target.read("/trial") is not None:
        if _is_whole(target, other):
            _replace(target, "/slot", other.encode())
            slot = other
        target.remove("/trial")
    return slot if _is_whole(target, slot) else None


def _is_whole(target, slot):
    return target.read(f"/{slot}/{_APP}") is not None


def _clear(target, slot, wanted):
    """Remove what the new version does not have; return the names that are left to write."""
    have = target.hashes("/" + slot)
    for name in have:
        if have[name] != wanted.get(name):
            target.remove(f"/{slot}/{name}")
    # The application comes last: a slot with it is whole.
    names = sorted(name for name in wanted if have.get(name) != wanted[name])
    return sorted(names, key=lambda name: name == _APP)


def _check_space(target, writes):
    need = _SPARE_SIZE + sum(-(-len(data) // BLOCK_SIZE) * BLOCK_SIZE for data in writes.values())
    free = target.free_size()
    if need > free:
        raise DeployError(
            f"this version needs {need // 1024} KB and {free // 1024} KB are free; "
            + _REMEDIES[28]
        )


def _verify(target, slot, wanted):
    have = target.hashes("/" + slot)
    bad = sorted(name for name in set(have) | set(wanted) if have.get(name) != wanted.get(name))
    if bad:
        raise DeployError(
            f"the board holds other bytes than were sent: {', '.join(bad)}; deploy again, "
            "and if this stays, the flash is worn out"
        )


def _loader_differs(plan, target):
    data = target.read("/main.py")
    return data is None or hashlib.sha256(data).digest() != hashlib.sha256(plan.loader).digest()


def _replace(target, path, data):
    target.write(path + ".new", data)
    target.rename(path + ".new", path)
