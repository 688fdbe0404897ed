"""The account of a finished run: each sample of the device models is looked for where it may be.

The sources are independent of each other: the models' own log, the servers' tables, the console's
`row` lines, the moments of cuts and crashes, and the flash as its owner reads it.

Each uplink has an account of its own. At the top a reading is

    waiting     while any uplink that takes it has yet to send it
    set_aside   else if any of their servers has refused it
    dropped     else if it was given up for any of them; then thinned, then in_gap
    delivered   else: every uplink that takes it has delivered it
    others      if none takes it
"""

from dataclasses import asdict

from wherry_host.account_flash import FlashSide
from wherry_host.account_uplink import UplinkAccount
from wherry_host.console_rows import ConsoleRows
from wherry_host.counts import Counts
from wherry_host.measured import moment
from wherry_host.stalls import StampBound

# A stamp of whole seconds may be half a second off besides.
STAMP_ERROR_MS_MAX = {"ms": 50, "s": 550}
# A busy host delays a process by this much now and then; a fast clock makes more of it.
_HOST_DELAY_MS = 200
# The first one at which any uplink has a reading is its place.
_PLACES = ("waiting", "set_aside", "dropped", "thinned", "in_gap", "delivered", "others")


class Account:
    """`counts`, `uplinks` {label: Counts}, `worst_stamp_error_ms`, and `problems`: a line for
    each difference that was found.

    `forgiven_count` counts the moments whose stamps are as far off as the computer stood still,
    `unread` the measurements that a sensor made and no row ever had, after an error on the bus:
    they are not in `sampled`.

    `samples` are those of measured.py, `tables` the Table of each uplink (uplink_tables.py),
    `lines` (time_us, text) of the node's console, `ends_us` the times at which its program was
    ended, `kept` its flash. All times are true Unix microseconds. `speed` is the highest of the
    run's clock, `stalls` the StallMeter of the run, if there was one.
    """

    def __init__(self, samples, tables, lines, ends_us, kept, stamps="ms", speed=1, stalls=None):
        self.problems = []
        error_ms_max = STAMP_ERROR_MS_MAX[stamps] + max(speed - 1, 0) * _HOST_DELAY_MS
        bound = StampBound(error_ms_max, stalls)
        console = ConsoleRows(lines, ends_us)
        flash = FlashSide(samples, kept, console, ends_us, bound, self._teller())
        parts = [
            UplinkAccount(table, flash, self._teller(table.label if len(tables) > 1 else None))
            for table in tables
        ]
        sampled, cut_short = self._sampled(flash, parts)
        for part in parts:
            part.settle(sampled)
            part.counts.cut_short = cut_short
        self.uplinks = {part.label: part.counts for part in parts}
        self.worst_stamp_error_ms = max(part.worst_stamp_error_ms for part in parts)
        self.forgiven_count = len(bound.forgiven)
        self.counts = _summed(sampled, cut_short, parts)
        every = [self.counts, *self.uplinks.values()]
        if not self.problems and any(counts.sampled != counts.placed() for counts in every):
            self.problems.append("the counts do not add up")

    @property
    def balances(self):
        """Whether each sample has exactly one place, and each point exactly one sample."""
        return not self.problems

    def as_dict(self):
        """Return counts, those of each uplink, and the worst stamp error, for JSON."""
        error_ms = round(self.worst_stamp_error_ms, 3)
        uplinks = {label: asdict(counts) for label, counts in self.uplinks.items()}
        return asdict(self.counts) | {"worst_stamp_error_ms": error_ms, "uplinks": uplinks}

    def _sampled(self, flash, parts):
        """Return the samples that were in a row, and how many a cut kept from it."""
        at_server = {sample for part in parts for sample in part.points}
        missing = [
            sample
            for sample in flash.samples
            if not (sample.kept or sample in at_server)
            and not any(part.is_set_aside(sample) for part in parts)
        ]
        short = {sample for sample in missing if flash.is_cut_short(sample)}
        unread = flash.unread([sample for sample in missing if sample not in short], at_server)
        self.unread = len(unread)
        return [sample for sample in flash.samples if sample not in short | unread], len(short)

    def _teller(self, label=None):
        """Return the function that is told of differences, at an uplink if there are several."""
        opening = f"{label}: " if label else ""

        def tell(channel, time_us, text):
            where = f"{channel} at {moment(time_us)}: " if channel else ""
            self.problems.append(opening + where + text)

        return tell


def _summed(sampled, cut_short, parts):
    """Return the Counts of all uplinks together."""
    counts = Counts(sampled=len(sampled), cut_short=cut_short)
    for sample in sampled:
        # What is lost for one of them, or differs, has no place at all.
        found = {part.places.get(sample) for part in parts}
        if None not in found:
            counts.add(next(place for place in _PLACES if place in found))
    counts.duplicates = sum(part.counts.duplicates for part in parts)
    counts.doubted = sum(part.counts.doubted for part in parts)
    return counts
