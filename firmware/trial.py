"""The trial of a new version; loaded until it is over.

The words of /slot: the proven slot, the one on trial, the number of its starts before this one.
docs/spec.md has the file.
"""

import os


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
        if _drained(node) and node.queue.next_row > row:
            return _prove(words)
        if len(words) == 3 and not node.stage.count:
            return give_back(words)
    except OSError as error:
        print("slot: flash write failed:", error)
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
    trial = words[1]
    _write([trial])
    print("slot: %s passed its trial" % trial)
    return [trial]


def _write(words):
    # A new file can be found empty after a power cut; a renamed one is whole.
    with open("/slot.new", "w") as file:
        file.write(" ".join(words))
    os.rename("/slot.new", "/slot")
