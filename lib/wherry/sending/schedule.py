"""Several uplinks on one queue: each has its own cadence and back-off, none holds up the others.

For the time of its upload an uplink's failures and due time stand in the state, where a lone
uplink has them always. Between turns each has five bytes there. Of those that are due the one
that has waited longest comes first, and those that failed last come last.
"""

import struct

from micropython import const

from wherry.sending.upload import TURN_MS_MAX
from wherry.stage.memory import (
    ALARMS_PENDING,
    ALARMS_PENDING_AT,
    UPLINK_COUNT_MAX,
    UPLINK_SIZE,
)
from wherry.time.clock import next_due

# Seconds of ticks at which it is due, failed uploads in a row.
_FORM = "<IB"
_SCANS = ("wlan_scan", "bluetooth_scan", "gsm_scan")
# The longest cadence, slowed down: a due time beyond it is that of another uplink's place.
_AWAY_MS_MAX = const(8 * 604_800_000)


def begin(node) -> None:
    """Restore each uplink's due time and failures from the state, after a start."""
    state = node.stage.state
    for i, upload in enumerate(node.uploads):
        due_s, upload.failures = struct.unpack_from(_FORM, state.uplinks, UPLINK_SIZE * i)
        upload.due = due_s * 1000


def _due(upload):
    # One that was alone until now has none.
    return getattr(upload, "due", 0)


def _has_alarm(node):
    return node.stage.state.busy[ALARMS_PENDING_AT] & ALARMS_PENDING


def _is_due(node, upload, begin):
    if _has_alarm(node):
        return True
    # A held channel that is taken again keeps step with its uplink, to become one with it.
    if upload.is_held and not upload.failures:
        return True
    return not begin < _due(upload) <= begin + _AWAY_MS_MAX


def prepare(node, begin: int) -> None:
    """Do the scans that need Wi-Fi off, for the uploads that are due."""
    for upload in node.uploads:
        if _is_due(node, upload, begin):
            _scan(node, upload, False)


def _scan(node, upload, is_joined):
    if any(upload.settings.get(kind) for kind in _SCANS):
        node.ports.scan(upload, node, is_joined)


def due_uploads(node, begin: int) -> list:
    """Return the uploads that are due, in the order in which they send.

    `start` and `end` are to be called around each, `store` at last.
    """
    # After a deploy the places in the state may be those of other uplinks.
    due = [each for each in node.uploads if _is_due(node, each, begin)]
    due.sort(key=lambda each: (each.failures, _due(each)))
    return due


def start(node, upload, begin: int, deadline: int, every_ms: int) -> int:
    """Put an upload's own values in place of the node's; return its deadline.

    On mains each has the whole time, on battery they share it: the radio costs. `every_ms` is the
    cadence of an upload that has none of its own.
    """
    state = node.stage.state
    node.send_every_ms = _every_ms(node, upload, every_ms)
    state.failures = upload.failures
    state.send_due = next_due(begin, node.send_every_ms, begin)
    _scan(node, upload, True)
    if upload.remembers:
        from wherry.sending import server_requests

        server_requests.leave_time(node, upload)
    if node.mains:
        deadline = node.ticks() + TURN_MS_MAX
    return deadline


def end(node, upload) -> None:
    """Keep an upload's own values as its turn has left them."""
    state = node.stage.state
    upload.failures, upload.due = state.failures, state.send_due


def store(node, begin=None) -> None:
    """Note in the state what is known of all; the next turn sends when the first is due.

    With `begin` there was no network at all: all that were due then come again when it is tried.
    """
    state = node.stage.state
    if begin is not None:
        for upload in node.uploads:
            if _due(upload) <= begin or _has_alarm(node):
                upload.due = state.send_due
    content = bytearray(UPLINK_COUNT_MAX * UPLINK_SIZE)
    for i, upload in enumerate(node.uploads):
        due_s = min((max(0, _due(upload)) + 999) // 1000, 0xFFFFFFFF)
        struct.pack_into(_FORM, content, UPLINK_SIZE * i, due_s, upload.failures)
    state.uplinks = bytes(content) + state.uplinks[len(content) :]
    state.send_due = min([_due(upload) for upload in node.uploads])
    if begin is None:
        state.busy[ALARMS_PENDING_AT] &= ~ALARMS_PENDING
        # Of no use to all: the radio is given up when none gets through.
        state.failures = min([upload.failures for upload in node.uploads])


def _every_ms(node, upload, every_ms=0):
    return upload.settings.get("send_every_ms") or every_ms or node.send_every_ms
