"""A busy server: how long the node waits, whether it stays awake, and what it remembers.

docs/design/sending.md lists the policy as a table. Loaded on demand.
"""

import random

from micropython import const

from wherry.sending.upload import EXCHANGE_MS_MIN

# A node on battery stays awake at most this long for a server: a sleep and a wake that joins the
# network again cost as much.
_AWAKE_MS_MAX = const(5_000)
_AWAY_MS_MAX = const(900_000)
_COUNT_MAX = const(12)
# In an uplink's byte of the state's `busy`: the count, and a flag for a last failure without an
# answer. Between them is schedule.py's _CUT_SHORT.
_COUNT = const(0x3F)
_UNREACHED = const(0x80)


def next_try(node, upload, retry_s: int, note: str, deadline: int) -> int | None:
    """Return the ticks of the next try within the upload, or None if it is after the upload.

    In that case the state has the next due time. `retry_s` is the server's Retry-After, or 0
    without one; `deadline`, in ticks, is the upload's.
    """
    state = node.stage.state
    # The server has answered, so it is reachable.
    state.failures = 0
    place = node.uploads.index(upload)
    count = state.busy[place] & _COUNT
    state.busy[place] = min(count + 1, _COUNT_MAX)
    away_ms = max(retry_s * 1000, _own_ms(node, upload, count))
    due = node.ticks() + away_ms
    is_short = due < deadline - EXCHANGE_MS_MIN and (node.mains or away_ms <= _AWAKE_MS_MAX)
    form = "%s; again in %d s" if is_short else "%s; next try in %d s"
    node.ports.say(form % (note, (away_ms + 999) // 1000))
    if is_short:
        return due
    state.send_due = due
    return None


def _own_ms(node, upload, count):
    """Return the node's own wait after `count` busy answers in a row: doubling, with jitter."""
    # Unless the dialect says otherwise, assume a limit of requests per second, which allows the
    # next request after 1 s.
    refill_ms = getattr(upload.dialect, "REFILL_S", 1) * 1000
    most_ms = max(node.send_every_ms, _AWAY_MS_MAX)
    own_ms = min(refill_ms << count, most_ms)
    # Jitter only lengthens the wait, so that no request comes before the refill.
    return own_ms + (own_ms // 4 * random.getrandbits(16) >> 16)


def separate(node, upload, has_answered: bool) -> None:
    """Count failures with and without an answer separately; called before a failure is counted."""
    state = node.stage.state
    place = node.uploads.index(upload)
    was_unreached = state.busy[place] & _UNREACHED
    if has_answered and was_unreached:
        state.failures = 0
    if bool(was_unreached) == has_answered:
        state.busy[place] ^= _UNREACHED
