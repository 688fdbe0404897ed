"""The account of a finished run: the place of each sample that the device models logged.

Each uplink has a separate account. In the account of the whole run, a reading is

    waiting     while any uplink that takes it has yet to send it
    set_aside   else if any of their servers has refused it
    dropped     else if a full flash dropped it for any of them; then thinned, then in_gap
    delivered   else: every uplink that takes it has delivered it
    others      if no uplink takes it
"""

from collections import Counter
from dataclasses import asdict

from wherry_host.account.cadence import judge_cadence
from wherry_host.account.case import Case
from wherry_host.account.charge import judge_charge
from wherry_host.account.claims import judge_claims
from wherry_host.account.contacts import judge_contacts
from wherry_host.account.counts import Counts
from wherry_host.account.excuses import Excuses
from wherry_host.account.gaps import judge_gaps
from wherry_host.account.health import HealthOracle
from wherry_host.account.losses import Losses
from wherry_host.account.moments import moment
from wherry_host.account.own_rows import judge_own_rows
from wherry_host.account.pulses import judge_pulses
from wherry_host.account.sending import judge_sending
from wherry_host.account.uplink import UplinkAccount

# A reading's place is the first of these places that it has at any uplink.
_PLACES = ("waiting", "set_aside", "dropped", "thinned", "in_gap", "delivered", "others")
# The excuses for samples that are not expected in a row.
_LEFT_OUT = ("cut_short", "unread", "unchanged", "withheld")


class Account:
    """The account of an Evidence: `counts`, `uplinks` {label: Counts}, `worst_stamp_error_ms`.

    `problems` has a line for each difference. `not_proven` has a line for each stall of this
    computer that leaves an outcome unknown.

    `forgiven_count` counts the moments whose stamps are off because this computer stalled.
    `unread` counts the measurements that met an injected sensor fault, `unchanged` the
    measurements that report_change leaves out. `sampled` includes neither.
    """

    def __init__(self, evidence):
        self.problems = []
        self.case = case = Case(evidence, self._reporter())
        excuses, losses = Excuses(case), Losses(case)
        tables = evidence.tables
        parts = [
            UplinkAccount(
                case, table, excuses, losses, self._reporter(table.label if tables[1:] else None)
            )
            for table in tables
        ]
        sampled, cut_short = self._sampled(case, excuses, parts)
        for part in parts:
            part.conclude(sampled)
            part.counts.cut_short = cut_short
        self.uplinks = {part.label: part.counts for part in parts}
        self.worst_stamp_error_ms = max(part.worst_stamp_error_ms for part in parts)
        self.forgiven_count = len(case.bound.forgiven)
        self.counts = _summed(sampled, cut_short, parts)
        judge_cadence(case)
        judge_pulses(case)
        judge_contacts(case)
        judge_charge(case)
        HealthOracle(case, parts, sampled, losses).judge()
        judge_claims(case, parts, losses)
        judge_sending(case, parts, losses)
        judge_own_rows(case, parts, losses)
        every = [self.counts, *self.uplinks.values()]
        self.not_proven = case.doubts.lines()
        if not self.problems and any(counts.sampled != counts.placed() for counts in every):
            self.problems.append("the counts do not add up")

    @property
    def balances(self):
        """True if each sample has exactly one place and all claims are true."""
        return not self.problems

    @property
    def is_proven(self):
        """True if the account balances and no stall of this computer leaves an outcome unknown."""
        return self.balances and not self.not_proven

    def as_dict(self):
        """Return the counts, the counts of each uplink and the worst stamp error, for JSON."""
        error_ms = round(self.worst_stamp_error_ms, 3)
        uplinks = {label: asdict(counts) for label, counts in self.uplinks.items()}
        return asdict(self.counts) | {"worst_stamp_error_ms": error_ms, "uplinks": uplinks}

    def _sampled(self, case, excuses, parts):
        """Return the samples that must have a place, and the number that an end cut short."""
        missing = {
            sample: excuses.of(sample)
            for sample in case.samples
            if not (sample.kept or any(part.has(sample) for part in parts))
        }
        judge_gaps(case, missing)
        excused = Counter(missing.values())
        self.unread, self.unchanged = excused["unread"], excused["unchanged"]
        left_out = {sample for sample in missing if missing[sample] in _LEFT_OUT}
        every = case.samples + case.own
        return [each for each in every if each not in left_out], excused["cut_short"]

    def _reporter(self, label=None):
        """Return a function that reports differences, with the uplink's name if needed."""
        opening = f"{label}: " if label else ""

        def report(what, time_us, text):
            when = f" at {moment(time_us)}" if time_us is not None else ""
            where = f"{what}{when}: " if what else ""
            self.problems.append(opening + where + text)

        return report


def _summed(sampled, cut_short, parts):
    """Return the Counts of all uplinks together."""
    counts = Counts(sampled=len(sampled), cut_short=cut_short)
    for sample in sampled:
        # A sample that lacks a place at one uplink lacks a place here.
        found = {part.places.get(sample) for part in parts}
        if None not in found:
            counts.add(next(place for place in _PLACES if place in found))
    counts.duplicates = sum(part.counts.duplicates for part in parts)
    return counts
