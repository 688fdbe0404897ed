"""The evidence for an account: three independent witnesses, and the node's claims.

The device models know all measurements, the server knows all that it received, and the flash log
shows the flash at any time. The claims of the node, on its console and in its counters, are only
compared with the witnesses.
"""

from dataclasses import dataclass, field

from wherry_host.account.flash import Flash, read_flash
from wherry_host.account.stalls import Stall

# The largest number of moments whose Flash is kept.
_KNOWN_MAX = 16


class FlashWitness:
    """The Flash at any moment of a run, from a FlashHistory."""

    def __init__(self, history):
        self._history = history
        self._known = {}
        #: The number of images that were built and read.
        self.read_count = 0
        #: The number of operations.
        self.count = self._history.count

    def count_at(self, time_us):
        """Return the number of operations that had begun at a true Unix us."""
        return self._history.count_at(time_us)

    def at(self, time_us) -> Flash:
        """Return the Flash at a true Unix us."""
        return self.after(self.count_at(time_us))

    def after(self, count) -> Flash:
        """Return the Flash after `count` operations."""
        if count not in self._known:
            if len(self._known) == _KNOWN_MAX:
                del self._known[next(iter(self._known))]
            self._known[count] = read_flash(self._history.image_after(count))
            self.read_count += 1
        return self._known[count]


class NoStandstill:
    """The Standstill of a computer that never stalls."""

    def longest_stall(self, begin_us, end_us, with_servers=False):
        """Return a Stall of length 0."""
        return Stall(begin_us, 0)

    total_stall = longest_stall

    def largest_us(self, begin_us, end_us):
        """Return 0."""
        return 0

    longest_us = total_us = taken_us = largest_us


@dataclass
class Evidence:
    """All times are true Unix us. `typed` is the node's typed configuration.

    `truth` and `accesses` are the logs of the device models, `events` is the board's log, `flash`
    is a FlashWitness. `tables` are the Tables of the uplinks (uplink_tables.py). `answers` is
    [(received_us, api, status)] of the server, `syncs_us` are the times at which it gave a client
    the time. `strikes` (time_us, kind) are the faults that struck at the server or on the wire.
    `hindrances` (begin_us, end_us) are the spans in which faults, or a server's answer, kept the
    node away; an end of None means that the span lasts. `lines` (time_us, text) are the node's
    console lines.

    `standstill` knows how long the computer stalled, `speed` is the highest speed of the run's
    clock, `drift_ppm` the largest error of the chip's clock. `access_points` have an `rssi`.
    `deployed_us` is the time at which the firmware was deployed to the board, or None if it never
    was. `usual` has the board's currents as Profile.usual() returns them, or is {} if the node
    does not count its charge.
    """

    typed: dict
    truth: list
    accesses: list
    events: list
    flash: object
    tables: list
    lines: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    syncs_us: list = field(default_factory=list)
    strikes: list = field(default_factory=list)
    standstill: object = field(default_factory=NoStandstill)
    speed: float = 1
    drift_ppm: float = 0
    access_points: list = field(default_factory=list)
    deployed_us: int | None = None
    hindrances: list = field(default_factory=list)
    usual: dict = field(default_factory=dict)
