"""Starts a board after every cut within a list of writes, and reports which version runs.

`micropython starts.py DIR LIB FIRMWARE CASE`, where DIR has flash.py, FIRMWARE is the list of
the rooms of firmware/, separated by colons, and CASE is a folder: `base` is the content of the
flash before the writes, `writes` are the writes (u32 address, u32 size, 0 for an erase, bytes),
or `action` names the code that makes them; `case.json` has the rest. Prints JSON.
"""

import json
import random
import sys

import vfs

_DIR, _LIB, _FIRMWARE, _CASE = sys.argv[1:]
sys.path[:0] = [_DIR, _LIB] + _FIRMWARE.split(":")

import trial  # noqa: E402
from flash import BLOCK_SIZE, Flash, do, outcomes, tear  # noqa: E402

_STARTS = 6


class Slept(Exception):  # noqa: N818
    pass


class Machine:
    """The parts of the chip's `machine` that a loader uses."""

    PWRON_RESET, DEEPSLEEP_RESET = 1, 4
    cause = PWRON_RESET

    @classmethod
    def reset_cause(cls):
        # The causes alternate, because a wake from deep sleep mounts the files in another way.
        cls.cause ^= cls.PWRON_RESET | cls.DEEPSLEEP_RESET
        return cls.cause

    @staticmethod
    def deepsleep(ms):
        raise Slept


class Ran:
    """The module in which an application records that it runs."""

    found = []


class Flashbdev:
    """The module of the chip's firmware that holds the filesystem's partition."""

    bdev = None


class Node:
    """The part of a node that a trial reads after a turn: one row is in flash."""

    class queue:  # noqa: N801
        next_row = 1

    class stage:  # noqa: N801
        count = 0


for _name, _module in (("machine", Machine), ("ran", Ran), ("flashbdev", Flashbdev)):
    sys.modules[_name] = _module  # type: ignore


def start(flash):
    """Start the board; return [version, words of /slot], or None if nothing runs."""
    del Ran.found[:]
    sys.modules.pop("app", None)
    sys.path[:] = ["", ".frozen"]
    Flashbdev.bdev = flash
    vfs.mount(vfs.VfsLfs2(flash), "/")
    try:
        with open("/main.py") as file:
            program = file.read()
        exec(program, {"__name__": "__main__"})
    except (Slept, OSError):
        pass  # Nothing could be started, or there is no loader yet.
    finally:
        unmount()
    return Ran.found[-1] if Ran.found else None


def unmount():
    for place in ("/app", "/"):
        try:
            vfs.umount(place)
        except OSError:
            pass  # The filesystem was not mounted.


def writes_of(flash, case):
    """Do the action of a case on the flash; return the writes that it made."""
    flash.forget()
    if case["action"] == "start":
        start(flash)
    else:
        vfs.mount(vfs.VfsLfs2(flash), "/")
        words = case["words"]
        while len(words) > 1:
            words = trial.step(Node, words, 0)
        unmount()
    return list(flash.writes())


def noted(content):
    """Yield the writes recorded in the bytes of a file."""
    at = 0
    while at < len(content):
        place = int.from_bytes(content[at : at + 4], "little")
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8
        yield place, bytes(content[at : at + size])
        at += size


def fault(runs, case):
    """Return the fault in a series of starts, or None.

    A correct series always starts the old version; or always the new one, if it has proven
    itself; or the new one up to `trials` times and then always the old one.
    """
    if None in runs:
        # Before the first version is complete, nothing can start.
        return None if not case["old"] and set(map(str, runs)) == {"None"} else "nothing runs"
    versions = [version for version, _ in runs]
    for version, words in runs:
        if version not in (case["old"], case["new"], case.get("replaced")):
            return "an unknown version runs"
        if words and len(words) < 3 and version == case["new"]:
            return None if set(versions) == {version} else "a proven version is left"
    trial = case["replaced"] if case.get("replaced") in versions else case["new"]
    new = versions.count(trial)
    if case["old"] and versions != [trial] * new + [case["old"]] * (_STARTS - new):
        return "a version that failed runs again"
    return "the new version starts too often" if case["old"] and new > case["trials"] else None


def main():
    host = {}
    for name in ("case.json", "base", "writes"):
        try:
            with open(_CASE + "/" + name, "rb") as file:
                host[name] = file.read()
        except OSError:
            host[name] = b""
    case = json.loads(host["case.json"])
    random.seed(case["seed"])
    base = Flash(len(host["base"]) // BLOCK_SIZE)
    fork = Flash(base.block_count)
    base.cells[:] = host["base"]
    vfs.umount("/")
    fork.cells[:] = base.cells
    writes = list(noted(host["writes"])) or writes_of(fork, case)
    seen, faults, count = {}, [], 0
    for i, (at, payload) in enumerate(writes):
        # The last write is tried with all outcomes, including a complete write.
        is_last = i == len(writes) - 1
        for outcome in _some(outcomes(payload), 99 if is_last else case["outcomes"]):
            count += 1
            fork.cells[:] = base.cells
            tear(fork.cells, at, payload, outcome)
            runs = [start(fork) for _ in range(_STARTS)]
            wrong = fault(runs, case)
            if wrong:
                faults.append([i, at, len(payload), outcome, wrong, runs])
            first = str(runs[0] and runs[0][0])
            seen[first] = seen.get(first, 0) + 1
        do(base.cells, at, payload)
    print(json.dumps({"writes": len(writes), "cases": count, "seen": seen, "faults": faults[:5]}))


def _some(names, count):
    """Return at most `count` of the names, chosen at random."""
    names = list(names)
    while len(names) > count:
        names.pop(random.randrange(len(names)))
    return names


main()
