"""The clock: ticks since power-on become true time, immediately or later through an anchor.

Ticks are the RTC's milliseconds since this boot (power cycle) began; they run through deep sleep
and resets. A row taken before the time is known carries (boot, ticks). The boot's only anchor,
which is (ticks, the true time that they correspond to), dates such rows permanently. Rows taken
later carry true time. Times are integers, in milliseconds since 2000-01-01 UTC. No clock is read
here; setting.py learns the time. `next_due` calculates when to sample and send next.
"""

from micropython import const

from wherry.rows.frame import MS, UNDATED

# Rows that are less than this apart are stamped to the ms: two may be read within one second.
S_SPACING_MS_MIN = const(2000)
# If the clock is set back by less than this, new stamps follow the last one to stay in order.
_ORDER_MS_MAX = const(300_000)
# The rounding of times to ms.
_EARLY_MS = const(2)


class Clock:
    """`state` is the stage's; `anchors` is {boot: (ticks, true ms)}; `path` their file.

    `memory` is RTC memory, with the values of sleep_clock.py; not needed to date rows.
    """

    def __init__(self, state, path: str, anchors: dict, memory):
        self.state = state
        self.memory = memory
        self.path = path
        self.anchors = anchors
        # {source: true ms at ticks 0} of the answers that no second source has confirmed.
        self.doubts = None

    def begin(self, boot: int, rtc_ms: int) -> None:
        """Start a boot: its ticks count from now."""
        self.state.boot = boot
        self.state.zero_ms = rtc_ms

    def ticks(self, rtc_ms: int) -> int:
        """Return the ticks of this boot at a reading of the RTC."""
        return rtc_ms - self.state.zero_ms

    def true_ms(self, ticks: int) -> int:
        """Return the true time of ticks of this boot; valid only if `state.synced`."""
        state = self.state
        passed = ticks - state.ref_ticks
        return state.ref_ms + passed + passed * state.drift_ppm // 1_000_000

    def stamp(self, ticks: int, ms: bool, last_ms: int):
        """Return (flags, boot, s, ms) for a row taken at `ticks`, after the stamp `last_ms`.

        Without `ms`, a dated stamp is rounded to seconds, unless that is not after `last_ms`. An
        undated stamp has the boot's ticks.
        """
        state = self.state
        if not state.synced:
            return MS | UNDATED, state.boot, ticks // 1000, ticks % 1000
        true_ms = self.true_ms(ticks)
        stamp_ms = true_ms if ms else (true_ms + 500) // 1000 * 1000
        if 0 <= last_ms - stamp_ms < _ORDER_MS_MAX:
            # A server that deduplicates would merge two rows with the same stamp.
            stamp_ms, ms = max(true_ms, last_ms + 1), True
        return MS if ms else 0, 0, stamp_ms // 1000, stamp_ms % 1000

    def date(self, flags: int, boot: int, s: int, ms: int):
        """Return the true (s, ms) of a row's stored stamp, or None if its boot lacks an anchor."""
        if not flags & UNDATED:
            return s, ms
        anchor = self.anchors.get(boot)
        if not anchor:
            return None
        true_ms = anchor[1] + s * 1000 + ms - anchor[0]
        return true_ms // 1000, true_ms % 1000


def newest_ms(stamp: tuple, last_ms: int) -> int:
    """Return the next row's `last_ms`: the ms of a dated stamp, unchanged for an undated one."""
    return last_ms if stamp[0] & UNDATED else stamp[2] * 1000 + stamp[3]


def next_due(clock, due: int, every_ms: int, now: int, slot_ms: int = 0) -> int:
    """Return the first time of a grid that is after `now`, in ticks.

    The grid is due + n * every_ms, or n * every_ms + slot_ms since 2000-01-01 UTC once the true
    time is known. `clock` is a Clock, or another object with its `state`.
    """
    state = clock.state
    if state.synced:
        wait_ms = every_ms - (Clock.true_ms(clock, now) - slot_ms) % every_ms
        # A clock that drifts by less than 0.5 % reaches a time of the grid early.
        if wait_ms <= (every_ms >> 7) + _EARLY_MS:
            wait_ms += every_ms
        return now + wait_ms - wait_ms * state.drift_ppm // 1_000_000
    if due <= now:
        due += ((now - due) // every_ms + 1) * every_ms
    return due
