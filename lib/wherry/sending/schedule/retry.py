"""How long a node stays away from servers after a failed upload. Loaded after a failure."""

import random

from micropython import const

from wherry.sending import verdict

_RETRY_MS_MAX = const(900_000)
_DENIED_MS_MAX = const(3_600_000)
# The longest wait on battery without an answer, where a failed join costs half an upload's charge.
_UNREACHED_MS_MAX = const(14_400_000)
_DOUBLINGS_MAX = const(12)
_FAILURES_MAX = const(250)


def next_try(node, upload, outcome, deadline: int) -> int | None:
    """Return the ticks of the batch's next try in this upload, or None to come back later.

    In that case the state has the due time. `outcome` is not a delivery; `deadline`, in ticks, is
    the upload's.
    """
    note = "%s: %s" % (upload.name, outcome.note)
    if outcome.kind == verdict.BUSY:
        from wherry.sending.schedule import busy

        return busy.next_try(node, upload, outcome.retry_s, note, deadline)
    if outcome.kind == verdict.DENIED:
        node.refused = upload, outcome.note
    stay_away(node, upload, outcome.kind, outcome.retry_s, note)
    return None


def stay_away(node, upload, kind: int, retry_s: int, note: str) -> None:
    """Set when the node comes back, which is not before a server's Retry-After has passed."""
    state = node.stage.state
    from wherry.sending.schedule import busy

    busy.separate(node, upload, kind != verdict.NO_ANSWER)
    state.failures = min(state.failures + 1, _FAILURES_MAX)
    denied = kind == verdict.DENIED
    most_ms = _DENIED_MS_MAX if denied else _RETRY_MS_MAX
    if kind == verdict.NO_ANSWER and not node.mains:
        most_ms = _UNREACHED_MS_MAX
    chance = random.getrandbits(16)
    away_ms = wait_ms(state.failures, denied, node.send_every_ms, most_ms, chance)
    away_ms = max(away_ms, retry_s * 1000)
    state.send_due = node.ticks() + away_ms
    node.ports.say("%s; next try in %d s" % (note, away_ms // 1000))


def wait_ms(failures: int, denied: bool, every_ms: int, most_ms: int, random16: int) -> int:
    """Return the wait after failed uploads in a row: it doubles, from `every_ms` up to the larger
    of `every_ms` and `most_ms`.

    After a refused key or address the wait is longer, because only a person can correct them.
    `random16` is a random number below 65,536: the wait varies by a quarter either way, so that
    nodes that lost the same server do not return at the same time.
    """
    doublings = min(failures + 1 if denied else failures - 1, _DOUBLINGS_MAX)
    mean_ms = min(every_ms << doublings, max(every_ms, most_ms))
    return mean_ms * 3 // 4 + (mean_ms // 2 * random16 >> 16)
