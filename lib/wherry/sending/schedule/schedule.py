"""Several uplinks on one queue: each has its own cadence and back-off, and none blocks another.

During an uplink's upload its failures and due time are in the state's fields that a lone uplink
always uses. Between turns each uplink has five bytes in the state. The due uplink that has waited
longest sends first, and of equals the first in the configuration. Uplinks that failed send after
the others, and an uplink whose last turn ended for lack of time sends last.
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

# Flag in an uplink's byte of the state's `busy`: its last turn ended before its last batch.
_CUT_SHORT = const(0x40)
# The same as in busy.py: its last failure was without an answer.
_UNREACHED = const(0x80)
# Due time in seconds of ticks, failed uploads in a row.
_FORM = "<IB"
_SCANS = ("wlan_scan", "bluetooth_scan", "gsm_scan")
# Eight times the longest cadence: a due time that is later was stored for another uplink.
_AWAY_MS_MAX = const(8 * 604_800_000)


def begin(node) -> None:
    """Restore each uplink's due time and failures from the state, after a start."""
    state = node.stage.state
    for i, upload in enumerate(node.uploads):
        due_s, upload.failures = struct.unpack_from(_FORM, state.uplinks, UPLINK_SIZE * i)
        upload.due = due_s * 1000


def _due(upload):
    # An uplink that was the only one so far has no due time.
    return getattr(upload, "due", 0)


def _has_alarm(node):
    return node.stage.state.busy[ALARMS_PENDING_AT] & ALARMS_PENDING


def _is_due(node, upload, begin):
    if _has_alarm(node):
        return True
    # A held channel that is accepted again sends with its uplink, so that they can be merged.
    if upload.is_held and not upload.failures:
        return True
    return not begin < _due(upload) <= begin + _AWAY_MS_MAX


def prepare(node, begin: int) -> None:
    """Do the scans that need Wi-Fi off, for the due uploads."""
    for upload in node.uploads:
        if _is_due(node, upload, begin):
            _scan(node, upload, False)


def _scan(node, upload, is_joined):
    if any(upload.settings.get(kind) for kind in _SCANS):
        node.ports.scan(upload, node, is_joined)


def due_uploads(node, begin: int) -> list:
    """Return the due uploads, in the order in which they send.

    Call `start` and `end` around each, and `store` after the last.
    """
    # After a deploy the places in the state may belong to other uplinks.
    due = [each for each in node.uploads if _is_due(node, each, begin)]
    due.sort(key=lambda each: _rank(node, each))
    return due


def _rank(node, upload):
    # A server that takes all the time, with a backlog or with refusals, must not block the others,
    # also those that failed: their waits grow, but this one is due at each sample.
    place = node.uploads.index(upload)
    is_cut_short = node.stage.state.busy[place] & _CUT_SHORT
    # The configuration's order decides between equals: MicroPython's sort is not stable.
    return is_cut_short, upload.failures, _due(upload), place


def start(node, upload, begin: int, deadline: int, every_ms: int) -> int:
    """Replace the node's values with an upload's own; return its deadline.

    On mains each upload has the whole time. On battery they share it, because the radio costs
    charge. `every_ms` is the cadence of an upload without its own.
    """
    state = node.stage.state
    node.send_every_ms = _every_ms(node, upload, every_ms)
    state.failures = upload.failures
    state.send_due = node.next_upload(begin)
    _scan(node, upload, True)
    if upload.remembers:
        from wherry.sending.session import server_requests

        server_requests.leave_time(node, upload)
    if node.mains:
        deadline = node.ticks() + TURN_MS_MAX
    return deadline


def end(node, upload) -> None:
    """Keep an upload's own values at the end of its turn."""
    state = node.stage.state
    upload.failures, upload.due = state.failures, state.send_due


def store(node, begin=None) -> None:
    """Store all due times in the state; the next turn sends when the first is due.

    If `begin` is given, there was no network: all uploads due at `begin` are retried together.
    """
    state = node.stage.state
    if begin is not None:
        for place, upload in enumerate(node.uploads):
            if _due(upload) <= begin or _has_alarm(node):
                upload.due = state.send_due
                # Each of them was without an answer.
                upload.failures = max(upload.failures, state.failures)
                state.busy[place] |= _UNREACHED
    content = bytearray(UPLINK_COUNT_MAX * UPLINK_SIZE)
    for i, upload in enumerate(node.uploads):
        due_s = min((max(0, _due(upload)) + 999) // 1000, 0xFFFFFFFF)
        # The next wake has only these seconds. At an earlier time it would join the network, and
        # find no uplink due.
        upload.due = due_s * 1000
        struct.pack_into(_FORM, content, UPLINK_SIZE * i, due_s, upload.failures)
    state.uplinks = bytes(content) + state.uplinks[len(content) :]
    state.send_due = min([_due(upload) for upload in node.uploads])
    if begin is None:
        state.busy[ALARMS_PENDING_AT] &= ~ALARMS_PENDING
        # The least number of failures: the link is closed only if no uplink gets through.
        state.failures = min([upload.failures for upload in node.uploads])


def _every_ms(node, upload, every_ms=0):
    return upload.settings.get("send_every_ms") or every_ms or node.send_every_ms
