"""A reading in words for its owner: stamp and value as text, and its outcome."""

from dataclasses import dataclass

from wherry_host.reading_text import time_text, value_text

WAITING, DELIVERED, SET_ASIDE = "waiting", "delivered", "set aside"
# A reading without a time that is in flash although the node has passed it.
DROPPED = "dropped"
# Readings from before the uplink was added, and of a channel that the uplink does not take.
EARLIER, UNSELECTED = "earlier", "not selected"
_STATES = (WAITING, SET_ASIDE, DROPPED, DELIVERED, EARLIER, UNSELECTED)


@dataclass(slots=True)
class Refused:
    """A reading that was set aside.

    Status 0 means that it has no time, and `ticks_ms` is set. Status 1 means that it is
    unconfirmed: the answer was lost.
    """

    row: int
    index: int
    channel: str
    value: str
    time: str | None
    ticks_ms: int | None
    status: int
    reason: str
    uplink: str


@dataclass(slots=True)
class Gap:
    """Rows lost with RTC memory: the number of the row after them and the stamps around them."""

    row: int
    after: str
    before: str


@dataclass(slots=True)
class Estimated:
    """A boot that never learned the time: the rows that were counted in it, and its uncertainty.

    `begin` is its estimated begin as RFC 3339.
    """

    boot: int
    rows: int
    begin: str
    uncertainty_ms: int


@dataclass(slots=True)
class Kept:
    """A reading with its outcome at each uplink.

    `time` is RFC 3339 as it is sent, or None while its boot is not dated. `boot` and `ticks_ms`
    are None if the reading was dated when it was taken. `uncertainty_ms` is that of an estimated
    time, else None. `value` has the exact decimal digits.
    `unit` is None for a reading that is still set aside but whose row is gone.
    """

    row: int
    index: int
    time: str | None
    boot: int | None
    ticks_ms: int | None
    uncertainty_ms: int | None
    channel: str
    unit: str | None
    value: str
    outcomes: dict[str, str]
    refused: Refused | None = None

    @property
    def state(self):
        """One word for all uplinks: waiting for any, else set aside by any, else delivered to
        all that take it.
        """
        found = set(self.outcomes.values()) or {WAITING}
        return next(outcome for outcome in _STATES if outcome in found)

    @property
    def waits_for(self):
        """The uplinks that have yet to receive the reading."""
        return [name for name, outcome in self.outcomes.items() if outcome == WAITING]

    @property
    def selected_by(self):
        """The uplinks that take the reading's channel."""
        return [name for name, outcome in self.outcomes.items() if outcome != UNSELECTED]


def as_refused(entry):
    """Return an entry of Aside.readings as a Refused."""
    row, index, channel, value, decimals, s, ms, status, reason, uplink = entry
    time, ticks_ms = (time_text(s, ms), None) if status else (None, s * 1000 + max(ms, 0))
    return Refused(
        row, index, channel, value_text(value, decimals), time, ticks_ms, status, reason, uplink
    )
