"""What a flash image keeps, as the account of a run compares it: stamps and values as numbers.

It is the owner's view (view.py) of the image; neither the image nor the node's counters are
changed, and nothing is taken from what the node prints.
"""

from dataclasses import dataclass, field
from pathlib import Path

from wherry.sending.aside_files import Aside
from wherry.stage import gaps
from wherry_host.errors import PlaceError
from wherry_host.owner.data_copy import copied
from wherry_host.owner.stores import uplink_of
from wherry_host.owner.view import OwnerView

_EPOCH_S = 946_684_800


@dataclass
class Reading:
    """One reading; `stamp_us` is Unix time, None if its boot was never dated."""

    row: int
    index: int
    channel: str
    stamp_us: int | None
    value: float


@dataclass
class Progress:
    """How far an uplink is: its cursor (row, channel), what is set aside, and counters of loss.

    `held` has the cursor of each channel that its server does not know; the rows below
    `first_row` were taken before the uplink was added.
    """

    cursor: tuple[int, int] = (0, 0)
    held: dict[str, tuple[int, int]] = field(default_factory=dict)
    set_aside: list[Reading] = field(default_factory=list)
    first_row: int = 0
    dropped: int = 0
    thinned: int = 0
    doubted: int = 0

    def cursor_of(self, channel):
        """Return the place of a channel's first reading that is not settled."""
        return self.held.get(channel, self.cursor)


@dataclass
class Kept:
    """Readings in the queue, and the Progress of each uplink."""

    readings: list[Reading] = field(default_factory=list)
    uplinks: dict[str, Progress] = field(default_factory=dict)
    #: (first, end) of the rows of each segment of which only some stay.
    thinned_rows: list[tuple[int, int]] = field(default_factory=list)
    #: (from_us, to_us) of each gap, None where it is not known.
    gaps: list[tuple[int | None, int | None]] = field(default_factory=list)

    def of(self, uplink):
        """Return the Progress of an uplink; of one that never ran it is at the start."""
        return self.uplinks.get(uplink) or Progress()


def read_kept(image_path):
    """Return what the flash image holds; a board that never ran holds nothing."""
    # Beside the image, so that it goes with it if this is ended in the middle.
    beside = Path(image_path).absolute().parent
    try:
        with copied(str(image_path), beside=beside) as copy:
            return _kept(OwnerView(copy), copy.folder)
    except PlaceError:
        return Kept()


def _kept(view, folder):
    refused = list(Aside(f"{folder}/aside").readings())
    return Kept(
        readings=list(_queued(view)),
        uplinks={uplink: _progress(view, uplink, refused) for uplink in view.ledgers},
        thinned_rows=[(first, end) for first, end, _ in view.store.thinned],
        gaps=list(_gaps(view, folder)),
    )


def _progress(view, uplink, refused):
    ledger, held = view.ledgers[uplink], view.held[uplink]
    ledgers = [ledger, *held.values()]
    return Progress(
        cursor=(ledger.row, ledger.channel),
        held={channel: (each.row, each.channel) for channel, each in held.items()},
        set_aside=[
            Reading(row, index, name, _unix_us(s, ms), value / 10**decimals)
            for row, index, name, value, decimals, s, ms, _, _, by in refused
            # What 0.1.0 set aside does not say by which uplink.
            if uplink_of(by) in (uplink, "")
        ],
        first_row=view.first_row(ledger),
        dropped=sum(each.dropped + each.damaged for each in ledgers),
        thinned=sum(each.thinned for each in ledgers),
        doubted=sum(each.doubted for each in ledgers),
    )


def _queued(view):
    """Yield the readings of the queue, oldest first."""
    for rows, channels in view.rows():
        stamp = view.clock.date(rows.flags, rows.boot, rows.s, rows.ms)
        stamp_us = stamp and _unix_us(*stamp)
        for i, (name, _, decimals) in enumerate(channels):
            if rows.mask >> i & 1:
                yield Reading(rows.row, i, name, stamp_us, rows.values[i] / 10**decimals)


def _gaps(view, folder):
    for _, *stamps in gaps.read(str(folder))[1]:
        # All zero is not known.
        dated = [any(stamp) and view.clock.date(*stamp) for stamp in stamps]
        yield tuple(_unix_us(*each) if each else None for each in dated)


def _unix_us(s, ms):
    # A stamp without milliseconds has a negative number of them.
    return (s + _EPOCH_S) * 1_000_000 + max(ms, 0) * 1000
