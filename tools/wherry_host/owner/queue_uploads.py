"""The failed uploads recorded in a node's RTC memory, and past refusals by its servers.

The ledger of an uplink has the time of a refusal. RTC memory has the number of successive
failures, and a bit that shows if the last one had an answer. A node does not record causes; its
console prints them.
"""

from wherry.stage.memory import UPLINK_COUNT_MAX, UPLINK_SIZE

from wherry_host.owner.stores import open_stage

# The bit in the state's `busy` byte that is set if the last failure was without an answer.
_UNANSWERED = 0x80


def upload_figures(copy, queue):
    """Return the failures of a Copy's uploads, or None if its RTC memory is unknown.

    `failed_in_a_row` is 0 after a delivery. `uplinks` has the same figures for each uplink if
    there are several. `last_answered` is None if nothing failed or if an old version did not
    record it.
    """
    stage = _stage(copy.rtc, queue)
    if not stage or not stage.state:
        return None
    state = stage.state
    names = list(copy.uplinks or ())[:UPLINK_COUNT_MAX]
    failures = [state.uplinks[UPLINK_SIZE * i + UPLINK_SIZE - 1] for i in range(len(names))]
    several = zip(names, failures, range(len(names)), strict=True) if len(names) > 1 else ()
    return {
        **_counts(stage, state.failures, 0),
        "uplinks": {name: _counts(stage, failed, i) for name, failed, i in several},
    }


def _stage(rtc, queue):
    if not rtc:
        return None
    return (
        open_stage(rtc, len(queue.channels), queue.own_count) if queue else open_stage(rtc, 1, 0)
    )


def _counts(stage, failed, place):
    answered = not stage.state.busy[place] & _UNANSWERED if failed else None
    return {"failed_in_a_row": failed, "last_answered": answered}


def upload_lines(uploads, uplinks):
    """Yield (name, text) for the node's failures, or for the uplinks that failed alone."""
    if not uploads:
        return
    if uploads["failed_in_a_row"]:
        yield from _failure_lines("uploads", uploads)
        yield "", f"the console prints the cause: {_console(uplinks)}"
        return
    for uplink, counts in uploads["uplinks"].items():
        if counts["failed_in_a_row"]:
            yield from _failure_lines("uploads", counts, f"{uplink}: ")


def _failure_lines(name, counts, start=""):
    failed, answered = counts["failed_in_a_row"], counts["last_answered"]
    yield name, f"{start}{failed} failed in a row{_LAST[answered]}"
    if answered is False:
        yield "", "(no Wi-Fi, no address of the server, no time, or no answer)"


_LAST = {None: "", True: "; the last had an answer", False: "; the last had no answer"}


def refusal_lines(uplinks, uploads):
    """Yield lines about uplinks whose servers have refused the node since the last delivery."""
    for uplink, counts in uplinks.items():
        since = counts["denied_since"]
        if not since:
            continue
        yield f"{uplink}: the server refused the node on {since}"
        yield f"{uplink}: (key, id or address); it has accepted nothing since."
        if _is_unanswered(uploads, uplink):
            yield f"{uplink}: The last upload had no answer: look at Wi-Fi first."
        else:
            yield f"{uplink}: The console prints the present fault: {_console([uplink])}"


def _is_unanswered(uploads, uplink):
    """Return True if the last upload of the node, or of the uplink, is known to lack an answer."""
    counts = [uploads, uploads["uplinks"].get(uplink, uploads)] if uploads else []
    return any(each["last_answered"] is False for each in counts)


def _console(uplinks):
    """Return the prefix of console lines about a fault."""
    name = next(iter(uplinks)) if len(uplinks) == 1 else "UPLINK"
    return f'"Wi-Fi: ..." or "{name}: ..."'
