"""The drift of the sleep clock, learned from two answers of time sources."""

from micropython import const

from wherry.stage.memory import UNCERTAINTY_AT

# Below this span the learned drift would be mostly the noise of one exchange.
_SPAN_MS_MIN = const(600_000)
_PPM_MAX = const(5000)
# The errors of two answers change the drift learned between them by at most 1 / 4096, 244 ppm: a
# span is at least this number of times their sum, and half of the change is learned.
_SPAN_PER_ERROR = const(2048)


def learn(state, ticks: int, error_ms: int, uncertainty_ms: int) -> None:
    """Learn from the clock's error at `ticks`, according to an answer with an uncertainty."""
    passed = ticks - state.ref_ticks
    uncertain_ms = int.from_bytes(state.busy[UNCERTAINTY_AT:], "big") + uncertainty_ms
    span = max(_SPAN_MS_MIN, uncertain_ms * _SPAN_PER_ERROR)
    # A step of a server's clock or the node's is not drift.
    if passed > span and abs(error_ms) * 500_000 <= passed * _PPM_MAX:
        drift = state.drift_ppm + error_ms * 500_000 // passed
        state.drift_ppm = max(-_PPM_MAX, min(_PPM_MAX, drift))


def ms_max(passed_ms: int) -> int:
    """Return by how much the largest drift moves the clock in a time."""
    return passed_ms * _PPM_MAX // 1_000_000
