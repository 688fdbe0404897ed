"""The trial of a new version; loaded until it is over.

The words of /slot are the proven slot, the slot on trial, and the number of its earlier starts:
see docs/spec.md.
"""

import os


def begin(node):
    """Make a version on trial sample immediately, because a row proves it, and then send.

    The previous version may have failed to send, and its due time outlives the restart.
    """
    state = node.stage.state
    state.sample_due = state.send_due = 0
    for upload in node.uploads:
        if hasattr(upload, "due"):
            upload.due = 0


def step(node, words, row):
    """Return the words of /slot after a turn; `row` is the number of this run's first row.

    A version is proven when a row has become durable in flash. A start whose turn was good but had
    no row is not counted.
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
    """Try to drain the stage; return whether it is empty."""
    if not node.stage.count:
        return True
    from wherry.stage import drain

    return drain.try_drain(node)


def give_back(words):
    """Undo the count of this start; return the words with a mark that this was done."""
    _write(words[:3])
    return words[:3] + ["good"]


def _prove(words):
    trial = words[1]
    _write([trial])
    print("slot: %s passed its trial" % trial)
    return [trial]


def _write(words):
    # A power cut can leave a new file empty; a renamed file is complete.
    with open("/slot.new", "w") as file:
        file.write(" ".join(words))
    os.rename("/slot.new", "/slot")
