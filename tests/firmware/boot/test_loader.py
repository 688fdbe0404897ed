"""firmware/boot/loader.py on MicroPython itself: which slot starts, and its writes to /slot.

docs/spec.md has the words of /slot; the bytes of a slot are in test_slot_file.py.
"""

import functools

import pytest
from support.boards.firmware_run import found_by
from support.boards.small_slots import LOADER_SOURCE, version

PWRON, DEEPSLEEP = 1, 4
PROGRAM = """
import vfs

class Ran:
    found = []

class Flashbdev:
    bdev = mount(given["files"])

class Vfs:
    done = []
    mount = vfs.mount
    def umount(path): Vfs.done.append(["umount", path])
    def VfsLfs2(device, readsize):
        Vfs.done.append(["VfsLfs2", device is Flashbdev.bdev, readsize])
        if given["refused"]: raise OSError(12)
        return "littlefs"
    def mount(what, path):
        if path == "/app":
            return vfs.mount(what, path)
        Vfs.done.append(["mount", "bdev" if what is Flashbdev.bdev else what, path])

Machine.cause = given["cause"]
stand_in(machine=Machine, ran=Ran, vfs=Vfs)
if given["bdev"]:
    stand_in(flashbdev=Flashbdev)
slept_ms = None
try:
    exec(given["loader"], {"__name__": "__main__"})
except Slept as slept:
    slept_ms = slept.args[0]
found = {
    "ran": Ran.found, "slept_ms": slept_ms, "slot": files().get("/slot"), "mounts": Vfs.done,
    "path": sys.path[:2], "new": "/slot.new" in files(),
}
"""


@functools.cache
def slot(text):
    """Return a slot of a version, with a character for each byte."""
    return version(text, 200).slot().decode("latin-1")


def started(words=None, more=None, cause=PWRON, bdev=True, refused=False):
    """Start a board with version 1 in a.app, 2 in b.app and these words in /slot.

    `more` are files, None for a missing one. Return the program's `found`.
    """
    files = {"/a.app": slot("1"), "/b.app": slot("2"), "/slot": words, **(more or {})}
    files = {path: text for path, text in files.items() if text is not None}
    given = {"files": files, "cause": cause, "bdev": bdev, "refused": refused}
    found, lines = found_by(PROGRAM, {"loader": LOADER_SOURCE, **given})
    return {**found, "lines": lines}


# The words of /slot


@pytest.mark.parametrize(("words", "ran", "handed", "after"), [
    # Without words: a newly flashed board.
    (None, "1", [], None),
    ("", "1", [], ""),
    ("a.app", "1", ["a.app"], "a.app"),
    ("b.app", "2", ["b.app"], "b.app"),
    # Words that no version writes.
    ("b.app a", "2", ["b.app"], "b.app a"),
    ("a.app b.app 0", "2", ["a.app", "b.app", "0"], "a.app b.app 1"),
    ("a.app b.app 1", "2", ["a.app", "b.app", "1"], "a.app b.app 2"),
    ("a.app b.app 2", "2", ["a.app", "b.app", "2"], "a.app b.app 3"),
    ("a.app b.app 3", "1", ["a.app"], "a.app"),
    ("a.app b.app 4", "1", ["a.app"], "a.app"),
    ("a.app b.app x", "1", ["a.app"], "a.app b.app x"),
])  # fmt: skip
def test_the_slot_that_starts_and_its_count(words, ran, handed, after):
    found = started(words)
    assert (found["ran"], found["slot"]) == ([[ran, handed]], after)
    assert found["slept_ms"] is None and not found["new"]
    assert found["path"] == ["/app", ".frozen"]


def test_a_version_starts_even_if_its_start_cannot_be_counted():
    found = started("a.app b.app 0", {"/slot.new/": ""})
    assert found["ran"] == [["2", ["a.app", "b.app", "0"]]] and found["slot"] == "a.app b.app 0"
    assert any("flash write failed, start not counted:" in line for line in found["lines"])


# An incomplete slot


@pytest.mark.parametrize("broken", [None, "", "rubbish", "half"])
def test_with_an_incomplete_trial_slot_the_proven_one_starts(broken):
    broken = slot("2")[:-100] if broken == "half" else broken
    found = started("a.app b.app 0", {"/b.app": broken})
    assert found["ran"] == [["1", ["a.app"]]] and found["slept_ms"] is None
    assert any(line.startswith("slot: b.app ") for line in found["lines"])


def test_with_an_incomplete_proven_slot_any_other_starts():
    assert started("b.app", {"/b.app": "rubbish"})["ran"] == [["1", ["a.app"]]]
    assert started("a.app", {"/a.app": None})["ran"] == [["2", ["b.app"]]]
    assert started(None, {"/a.app": None})["ran"] == [["2", ["b.app"]]]


def test_without_a_complete_slot_the_board_sleeps_ten_seconds():
    found = started("a.app", {"/a.app": None, "/b.app": "rubbish"})
    assert (found["ran"], found["slept_ms"]) == ([], 10_000)


def test_an_application_that_fails_to_load_has_used_a_start():
    found = started("a.app b.app 1", {"/b.app": version_that_fails()})
    assert (found["ran"], found["slept_ms"], found["slot"]) == ([], 10_000, "a.app b.app 2")


@functools.cache
def version_that_fails():
    """Return a slot whose application is not a module."""
    plan = version("3", 200)
    plan.files["app.mpy"] = b"no module"
    return plan.slot().decode("latin-1")


# The filesystem


def test_a_wake_from_deep_sleep_mounts_the_files_for_larger_reads():
    assert started("a.app", cause=DEEPSLEEP)["mounts"] == [
        ["umount", "/"], ["VfsLfs2", True, 256], ["mount", "littlefs", "/"],
    ]  # fmt: skip
    # Any filesystem is better than none.
    found = started("a.app", cause=DEEPSLEEP, refused=True)
    assert found["mounts"][-1] == ["mount", "bdev", "/"] and found["ran"] == [["1", ["a.app"]]]
