"""The chip's RTC: whether it still counts a boot, and how it is set.

It need only be accurate enough for certificates; smaller corrections are kept in the clock.
"""

from micropython import const

_ERROR_MS_MAX = const(3_600_000)


def goes_on(state, rtc_ms: int) -> bool:
    """Return True if the RTC still counts a state's boot; complete an interrupted setting."""
    if state.pending_ms:
        # A step is hours or years; the time since the state was saved is far less.
        ticks = rtc_ms - state.zero_ms - state.saved_ticks
        if (ticks >= state.pending_ms) if state.pending_ms > 0 else (ticks < 0):
            state.zero_ms += state.pending_ms
        state.pending_ms = 0
    return rtc_ms - state.zero_ms >= state.saved_ticks


def set_forward(node, shift: int) -> None:
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


def shift(clock, rtc_ms: int) -> int:
    """Return the shift of the RTC that certificate checks need, or 0 if it may stay."""
    return far(clock.true_ms(clock.ticks(rtc_ms)) - rtc_ms)


def far(shift: int) -> int:
    """Return a shift of the RTC if certificate checks need it, else 0."""
    return shift if abs(shift) > _ERROR_MS_MAX else 0
