"""Use a DS3231 as a source: of the time if the network does not give it, and as a second one.

Loaded on demand. Each step is a function: a module imported by the caller would stay in the heap.
"""

from wherry import free


def recall(node) -> None:
    """Set the clock of a node that does not know the time, or report why not."""
    found = _answer(node)
    free()
    if found:
        _learn(node, found)


def doubts(node) -> dict | None:
    """Return the chip's answer, which may confirm a large correction, as Clock.doubts has it."""
    from wherry.time_sources import ds3231

    try:
        ticks, true_ms, _, source = ds3231.answer(node)
    except OSError:
        return None
    return {source: true_ms - ticks}


def _answer(node):
    try:
        from wherry.time_sources import ds3231

        return ds3231.answer(node)
    except (OSError, MemoryError) as error:
        node.ports.say("time: DS3231: %s" % error)
        return None


def _learn(node, found):
    # A time server may have answered in this upload, though it did not suffice.
    is_alone = not node.clock.doubts
    try:
        from wherry.time.setting import learn

        if learn(node, found, is_alone):
            node.ports.say("time: from the DS3231, within %d ms" % found[2])
        elif is_alone:
            node.ports.say("time: DS3231: it is before the last known time")
        else:
            node.ports.say("time: DS3231: a time server contradicts it")
    except (OSError, MemoryError) as error:
        node.ports.say("time: DS3231: %s" % error)
