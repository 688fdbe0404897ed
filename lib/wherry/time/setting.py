"""Sets a clock to the true time, if one source or two suffice: the anchor, the error, the drift.

Loaded once the sources of the time have answered.
"""

from micropython import const

from wherry import free
from wherry.stage.memory import UNCERTAINTY_AT
from wherry.time import anchors, drift, rtc
from wherry.time.clock import next_due

# A larger step requires answers of two sources that agree this well.
_STEP_MS_MAX = const(300_000)
_AGREE_MS_MAX = const(10_000)
_ERROR_MS_MAX = const(1 << 29)
_UNCERTAINTY_MS_MAX = const(0xFFFF)
# The time to the next request, if the uncertainty then requires one.
_SYNC_AGAIN_MS = const(600_000)


def sync(
    clock,
    ticks: int,
    true_ms: int,
    uncertainty_ms: int = 0,
    source: int = 0,
    is_alone: bool = True,
    node=None,
) -> bool:
    """Set the clock to the true time at `ticks`; return False if another source must confirm it.

    `source` is the number of a time server, from 0 on, or below 0 for the Date of an uplink's
    server. The first time of a boot needs another source unless `is_alone`, a suspicious
    correction in any case. The boot's anchor is durable before any row is dated by it, and is
    never edited. Boots of a `node` before it that never learned the time are estimated before
    that, if the section [time] says so. Raises OSError if the flash fails.
    """
    state = clock.state
    if _is_doubted(clock, ticks, true_ms, source, is_alone):
        return False
    clock.doubts = None
    if state.synced:
        error = true_ms - clock.true_ms(ticks)
        drift.learn(clock, ticks, error, uncertainty_ms)
        state.clock_error_ms = max(-_ERROR_MS_MAX, min(_ERROR_MS_MAX, error))
    else:
        drift.recall(clock)
    if state.boot not in clock.anchors:
        found = dict(clock.anchors)
        found[state.boot] = (ticks, true_ms)
        if node and state.boot > 1 and state.boot - 1 not in found:
            _estimate(node, found, uncertainty_ms)
        anchors.save(clock.path, found)
        clock.anchors = found
        # The anchor dates earlier rows to the ms: no later stamp must be rounded to before them.
        passed_ms = node.ticks() - ticks if node else 0
        state.last_ms = state.own_last_ms = true_ms + passed_ms
    state.synced = 1
    state.busy[UNCERTAINTY_AT:] = min(uncertainty_ms, _UNCERTAINTY_MS_MAX).to_bytes(2, "big")
    state.ref_ticks = ticks
    state.ref_ms = true_ms
    return True


def _estimate(node, found, uncertainty_ms):
    if node.link.time["undated"] == "estimate":
        estimates = _find_boots(node, found, uncertainty_ms)
        # Unload the search, to make room for the modules that write rows.
        free()
        _state(node, estimates)


def _find_boots(*args):
    from wherry.time.estimates import find

    return find(*args)


def _state(node, estimates):
    from wherry.time.uncertain_row import write

    write(node, estimates)


def _is_doubted(clock, ticks, true_ms, source, is_alone):
    """Return whether an answer needs another source, and note it as one for the next answer."""
    is_first = not (clock.state.synced or is_alone)
    if not is_first and _step_ms(clock, ticks, true_ms, source) <= _STEP_MS_MAX:
        return False
    doubts = clock.doubts = clock.doubts or {}
    doubts[source] = true_ms - ticks
    near = [each for each in doubts if abs(doubts[each] - doubts[source]) <= _AGREE_MS_MAX]
    return len(near) < 2


def _step_ms(clock, ticks, true_ms, source):
    """Return how large a correction is, or by how much it precedes the last known time."""
    state = clock.state
    if not state.synced:
        return max([anchor[1] for anchor in clock.anchors.values()] or [0]) - true_ms
    step = abs(true_ms - clock.true_ms(ticks))
    # A server that has shown its certificate may correct the drift, too: often it is alone.
    return step - (drift.ms_max(ticks - state.ref_ticks) if source < 0 else 0)


def learn(node, answer: tuple, is_alone: bool) -> bool:
    """Set the node's clock by an answer, and the RTC if it is far off.

    `answer` is (ticks, true_ms, uncertainty_ms, source) of one moment. Returns False if another
    source must confirm it first; see `sync`.
    """
    clock, ports = node.clock, node.ports
    ticks, true_ms, uncertainty_ms, source = answer
    if not sync(clock, ticks, true_ms, uncertainty_ms, source, is_alone, node):
        if clock.state.synced:
            step_s = (true_ms - clock.true_ms(ticks)) // 1000
            ports.say("time: a correction by %d s needs another source" % step_s)
        return False
    if source < 0:
        ports.say("time: from the server's date")
    ports.say("time: known, was off by %d ms" % clock.state.clock_error_ms)
    _move_sample(node)
    rtc.set_forward(node, rtc.shift(clock, ports.rtc_ms()))
    return True


def _move_sample(node):
    """Move the next sample to the grid of the true time, unless it would be much later."""
    state, now = node.stage.state, node.ticks()
    due = next_due(node.clock, state.sample_due, node.sample_every_ms, now)
    if now < state.sample_due and due - state.sample_due <= node.sample_every_ms // 2:
        state.sample_due = due


def end(node, is_known: bool, trouble: str | None) -> None:
    """Set the earliest time of the next request, which comes only if the time is uncertain then.

    Raises OSError(trouble) if the time is still unknown.
    """
    state = node.stage.state
    if not (is_known or state.synced):
        raise OSError(trouble or "time: the sources do not agree")
    if trouble:
        node.ports.say(trouble)
    state.sync_due = node.ticks() + _SYNC_AGAIN_MS
