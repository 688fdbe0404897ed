"""Sets a clock to the true time: anchors in flash, corrections, drift, and the chip's RTC.

Loaded at boot and for the hourly request of network time.
"""

import struct

from micropython import const

from wherry import small_file
from wherry.stage.memory import UNCERTAINTY_AT

_ANCHOR = "<Iqq"
_ANCHOR_COUNT_MAX = const(64)
# Below this span the learned drift would be mostly the noise of one exchange.
_DRIFT_SPAN_MS = const(600_000)
_DRIFT_PPM_MAX = const(5000)
# A larger step requires answers of two sources that agree this well.
_STEP_MS_MAX = const(300_000)
_AGREE_MS_MAX = const(10_000)
# The RTC itself need only be accurate enough for certificates.
_RTC_ERROR_MS_MAX = const(3_600_000)
_ERROR_MS_MAX = const(1 << 29)
# The time to the next request, after an answer and without one.
_SYNC_EVERY_MS = const(3_600_000)
_SYNC_AGAIN_MS = const(600_000)
# The errors of two answers change the drift learned between them by at most 1 / 4096, 244 ppm: a
# span is at least this number of times their sum, and half of the change is learned.
_SPAN_PER_ERROR = const(2048)
_UNCERTAINTY_MS_MAX = const(0xFFFF)


def load_anchors(path: str) -> dict:
    """Return {boot: (ticks, true ms)} from the file of anchors."""
    content = small_file.read(path) or b""
    size = struct.calcsize(_ANCHOR)
    anchors = {}
    for at in range(0, len(content) - size + 1, size):
        boot, ticks, true_ms = struct.unpack(_ANCHOR, content[at : at + size])
        anchors[boot] = (ticks, true_ms)
    return anchors


def goes_on(state, rtc_ms: int) -> bool:
    """Return True if the RTC still counts a state's boot; complete an interrupted setting."""
    if state.pending_ms:
        # A step is hours or years; the time since the state was saved is far less.
        ticks = rtc_ms - state.zero_ms - state.saved_ticks
        if (ticks >= state.pending_ms) if state.pending_ms > 0 else (ticks < 0):
            state.zero_ms += state.pending_ms
        state.pending_ms = 0
    return rtc_ms - state.zero_ms >= state.saved_ticks


def sync(
    clock,
    ticks: int,
    true_ms: int,
    uncertainty_ms: int = 0,
    source: int = 0,
    is_alone: bool = True,
) -> bool:
    """Set the clock to the true time at `ticks`; return False if another source must confirm it.

    `source` is the number of a time server, from 0 on, or below 0 for the Date of an uplink's
    server. The first time of a boot needs another source unless `is_alone`, a suspicious
    correction in any case. The boot's anchor is durable before anything else changes, and is
    never edited. Raises OSError if the flash fails.
    """
    state = clock.state
    is_first = not (state.synced or is_alone)
    if is_first or _step_ms(clock, ticks, true_ms, source) > _STEP_MS_MAX:
        doubts = clock.doubts = clock.doubts or {}
        doubts[source] = true_ms - ticks
        near = [each for each in doubts if abs(doubts[each] - doubts[source]) <= _AGREE_MS_MAX]
        if len(near) < 2:
            return False
    clock.doubts = None
    if state.synced:
        error = true_ms - clock.true_ms(ticks)
        passed = ticks - state.ref_ticks
        uncertain_ms = int.from_bytes(state.busy[UNCERTAINTY_AT:], "big") + uncertainty_ms
        span = max(_DRIFT_SPAN_MS, uncertain_ms * _SPAN_PER_ERROR)
        # A step of a server's clock or the node's is not drift.
        if passed > span and abs(error) * 500_000 <= passed * _DRIFT_PPM_MAX:
            drift = state.drift_ppm + error * 500_000 // passed
            state.drift_ppm = max(-_DRIFT_PPM_MAX, min(_DRIFT_PPM_MAX, drift))
        state.clock_error_ms = max(-_ERROR_MS_MAX, min(_ERROR_MS_MAX, error))
    if state.boot not in clock.anchors:
        anchors = dict(clock.anchors)
        anchors[state.boot] = (ticks, true_ms)
        _save(clock.path, anchors)
        clock.anchors = anchors
        # The anchor dates earlier rows to the ms: no later stamp must be rounded to before them.
        state.last_ms = state.own_last_ms = true_ms
    state.synced = 1
    state.busy[UNCERTAINTY_AT:] = min(uncertainty_ms, _UNCERTAINTY_MS_MAX).to_bytes(2, "big")
    state.ref_ticks = ticks
    state.ref_ms = true_ms
    return True


def _step_ms(clock, ticks, true_ms, source):
    """Return how large a correction is, or by how much it precedes the last known time."""
    state = clock.state
    if not state.synced:
        return max([anchor[1] for anchor in clock.anchors.values()] or [0]) - true_ms
    step = abs(true_ms - clock.true_ms(ticks))
    # A server that has shown its certificate may correct the drift, too: often it is alone.
    drift = (ticks - state.ref_ticks) * _DRIFT_PPM_MAX // 1_000_000 if source < 0 else 0
    return step - drift


def _save(path, anchors):
    boots = sorted(anchors)
    for boot in boots[:-_ANCHOR_COUNT_MAX]:
        del anchors[boot]
    boots = boots[-_ANCHOR_COUNT_MAX:]
    small_file.write(path, b"".join([struct.pack(_ANCHOR, b, *anchors[b]) for b in boots]))


def rtc_shift(clock, rtc_ms: int) -> int:
    """Return the shift of the RTC that certificate checks need, or 0 if it may stay."""
    return far(clock.true_ms(clock.ticks(rtc_ms)) - rtc_ms)


def far(shift: int) -> int:
    """Return a shift of the RTC if certificate checks need it, else 0."""
    return shift if abs(shift) > _RTC_ERROR_MS_MAX else 0


def learn(node, answer: tuple, is_alone: bool) -> bool:
    """Set the node's clock by an answer, and the RTC if it is far off.

    `answer` is (ticks, true_ms, uncertainty_ms, source) of one moment. Returns False if another
    source must confirm it first; see `sync`.
    """
    clock, ports = node.clock, node.ports
    ticks, true_ms, uncertainty_ms, source = answer
    if not sync(clock, ticks, true_ms, uncertainty_ms, source, is_alone):
        if clock.state.synced:
            step_s = (true_ms - clock.true_ms(ticks)) // 1000
            ports.say("time: a correction by %d s needs another source" % step_s)
        return False
    if source < 0:
        ports.say("time: from the server's date")
    ports.say("time: known, was off by %d ms" % clock.state.clock_error_ms)
    set_rtc(node, rtc_shift(clock, ports.rtc_ms()))
    return True


def end(node, is_known: bool, trouble: str | None) -> None:
    """Choose the next request's time; raise OSError(trouble) if the time is still unknown."""
    state = node.stage.state
    if not (is_known or state.synced):
        raise OSError(trouble or "time: the sources do not agree")
    if trouble:
        node.ports.say(trouble)
    state.sync_due = node.ticks() + (_SYNC_EVERY_MS if is_known else _SYNC_AGAIN_MS)


def set_rtc(node, shift: int) -> None:
    """Set the RTC forward by `shift` ms, and save the state; ticks stay the same."""
    state, ports = node.clock.state, node.ports
    if shift:
        # After a power cut between the two saves, goes_on completes the setting.
        state.pending_ms = shift
        node.save()
        ports.set_rtc(ports.rtc_ms() + shift)
        state.zero_ms += shift
        state.pending_ms = 0
    node.save()
