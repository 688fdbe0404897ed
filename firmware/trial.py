"""What a version on trial has to show, and the folder that 0.1.0 left; loaded until both are over.

The words of /slot: the proven slot, one on trial, the number of its starts before this one; or the
proven slot and a folder that is to go. docs/spec.md has the file.
"""

import os

from micropython import const
from wherry import small_file

# A removal from a long folder takes up to seconds on the chip's flash.
_REMOVALS_MAX = const(4)
_SUFFIX = ".app"
_IS_FOLDER = const(0x4000)
_ENOENT = const(2)


def begin(node):
    """Have a version on trial sample at once, for a row proves it, and send at once.

    The last version may have failed to send, and its due time outlives the restart.
    """
    state = node.stage.state
    state.sample_due = state.send_due = 0
    for upload in node.uploads:
        if hasattr(upload, "due"):
            upload.due = 0


def step(node, words, row):
    """Return the words of /slot after a turn; `row` is the number of this run's first row.

    A version has proven itself when a row became durable in flash. A start without a row, whose
    turn was good all the same, does not count.
    """
    try:
        if len(words) == 2:
            return _tidy(words, node.ports.feed)
        if _drained(node) and node.queue.next_row > row:
            return _prove(words)
        if len(words) == 3 and not node.stage.count:
            return give_back(words)
    except OSError as error:
        print("slot: flash:", error)
    return words


def _drained(node):
    """Return whether no row waits in RTC memory, after trying to move those there."""
    if not node.stage.count:
        return True
    from wherry.stage import drain

    return drain.try_drain(node)


def give_back(words):
    """Have this start not counted; return the words and a mark that this was done."""
    _write(words[:3])
    return words[:3] + ["good"]


def _prove(words):
    proven, trial = words[:2]
    words = [trial] if proven.endswith(_SUFFIX) else [trial, proven]
    _write(words)
    print("slot: %s has proven itself" % trial)
    return words


def _tidy(words, feed):
    """Remove some files of the folder, and last what else only 0.1.0 needs."""
    try:
        left = _remove_some("/" + words[1], _REMOVALS_MAX, feed)
    except OSError as error:
        if error.errno != _ENOENT:
            raise
        left = True  # A cut came between its removal and the next line.
    if not left:
        return words
    for path in ("/trial", "/data/settings"):
        small_file.remove(path)
    _write(words[:1])
    return words[:1]


def _remove_some(folder, count, feed):
    """Remove up to so many files below a folder, and it when it is empty; return what is left."""
    while count:
        entry = _first_of(folder)
        if not entry:
            os.rmdir(folder)
            return count
        path = folder + "/" + entry[0]
        if entry[1] & _IS_FOLDER:
            count = _remove_some(path, count, feed)
        else:
            feed()
            os.remove(path)
            count -= 1
    return 0


def _first_of(folder):
    found = None
    # To the end: one that is left in between keeps the folder open.
    for entry in os.ilistdir(folder):
        found = found or entry
    return found


def _write(words):
    # A new file can be found empty after a power cut; a renamed one is whole.
    with open("/slot.new", "w") as file:
        file.write(" ".join(words))
    os.rename("/slot.new", "/slot")
