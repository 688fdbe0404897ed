"""A counter that triggers a sample immediately. Loaded only for a sensor with `at_once`."""

from chip import rtc_ms
from counter import Counter


class AtOnce(Counter):
    """A Counter whose pulses bring the next sample forward; with `is_level`, every edge does.

    The sample is taken after the bounces, but not within `at_once_ms` of the previous sample.
    """

    # The node's State, once known.
    _state = None

    def __init__(self, memory, pin, debounce_ms, at_once_ms, is_level):
        was_high = memory[13]
        super().__init__(memory, pin, debounce_ms)
        # In a slot, Counter's private names are different, so this class keeps its own.
        self._contact = pin
        self._bounce_ms = debounce_ms
        self._at_once_ms = at_once_ms
        self._is_level = is_level
        # After this RTC time an edge may trigger a sample.
        self._free_ms = 0
        # Whether the pin changed while no program ran.
        self._has_changed = was_high > memory[13] or (is_level and was_high < memory[13])

    def follow(self, state):
        """Set the node's State, whose next sample an edge brings forward, or None."""
        self._state = state
        if self._has_changed:
            self._hurry()

    def is_closed(self):
        """Return whether the contact to ground is closed now."""
        return not self._contact.value()

    def take(self):
        """Return the count, and its increase since the last call."""
        self._free_ms = rtc_ms() + self._at_once_ms
        return super().take()

    def rest(self, due_ms):
        """Arm a wake by the next edge; the next turn is due at `due_ms`, an RTC time."""
        super().rest(due_ms)
        import pulses

        pulses.put_free(self._free_ms, pulses.LEVEL if self._is_level else pulses.PULSE)

    def edge(self, pin):
        """Handle an edge; with `is_level`, bring the next sample forward."""
        super().edge(pin)
        if self._is_level:
            self._hurry()

    def add(self, _=None):
        """Count a pulse, and bring the next sample forward."""
        super().add()
        self._hurry()

    def _hurry(self):
        state = self._state
        if state:
            due_ms = max(rtc_ms() + self._bounce_ms, self._free_ms)
            state.sample_due = min(state.sample_due, due_ms - state.zero_ms)
