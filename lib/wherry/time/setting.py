"""Sets a clock to the true time: anchors in flash, corrections, drift, and the chip's RTC.

Loaded at boot and for the hourly request of network time.
"""

import struct

from micropython import const

from wherry import small_file

_ANCHOR = "<Iqq"
_ANCHOR_COUNT_MAX = const(64)
# Below this span the learned drift would be mostly the noise of one exchange.
_DRIFT_SPAN_MS = const(600_000)
_DRIFT_PPM_MAX = const(5000)
# A larger step requires two consecutive answers that agree this well.
_STEP_MS_MAX = const(300_000)
_AGREE_MS_MAX = const(10_000)
# The RTC itself need only be accurate enough for certificates.
_RTC_ERROR_MS_MAX = const(3_600_000)
_ERROR_MS_MAX = const(1 << 29)


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


def sync(clock, ticks: int, true_ms: int) -> bool:
    """Set the clock to the true time at `ticks`; return False if a second answer must confirm it.

    The boot's anchor is durable before anything else changes, and is never edited. Raises OSError
    if the flash fails.
    """
    state = clock.state
    if state.synced:
        error = true_ms - clock.true_ms(ticks)
        if abs(error) > _STEP_MS_MAX:
            doubt, clock.doubt_ms = clock.doubt_ms, true_ms - ticks
            if doubt is None or abs(doubt - clock.doubt_ms) > _AGREE_MS_MAX:
                return False
        passed = ticks - state.ref_ticks
        # A step of a server's clock or the node's is not drift.
        if passed > _DRIFT_SPAN_MS and abs(error) * 500_000 <= passed * _DRIFT_PPM_MAX:
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
    state.ref_ticks = ticks
    state.ref_ms = true_ms
    return True


def _save(path, anchors):
    boots = sorted(anchors)
    for boot in boots[:-_ANCHOR_COUNT_MAX]:
        del anchors[boot]
    boots = boots[-_ANCHOR_COUNT_MAX:]
    small_file.write(path, b"".join([struct.pack(_ANCHOR, b, *anchors[b]) for b in boots]))


def rtc_shift(clock, rtc_ms: int) -> int:
    """Return the shift of the RTC that certificate checks need, or 0 if it may stay."""
    shift = clock.true_ms(clock.ticks(rtc_ms)) - rtc_ms
    return shift if abs(shift) > _RTC_ERROR_MS_MAX else 0


def learn(node, rtc_ms: int, true_ms: int) -> bool:
    """Set the node's clock by the true time at a reading of the RTC, and the RTC if it is far off.

    Returns False if a second answer must confirm it first.
    """
    clock, ports, state = node.clock, node.ports, node.clock.state
    if not sync(clock, clock.ticks(rtc_ms), true_ms):
        return False
    ports.say("time: known, was off by %d ms" % state.clock_error_ms)
    shift = rtc_shift(clock, ports.rtc_ms())
    if shift:
        # After a power cut between the two saves, goes_on completes the setting.
        state.pending_ms = shift
        node.save()
        ports.set_rtc(ports.rtc_ms() + shift)
        state.zero_ms += shift
        state.pending_ms = 0
    node.save()
    return True
