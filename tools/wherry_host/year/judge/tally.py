"""The place of each reading of a simulated life, from its witnesses and never from the node.

The witnesses are the device models, the servers, and the account's decoders of docs/spec.md for
the flash and RTC memory. The meter on the cell is compared with the charge that the node counts.
"""

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from wherry.power.ledger import used_uah

from wherry_host.account.counts import Counts
from wherry_host.account.shapes import of_section
from wherry_host.account.spec.rtc import newest_state
from wherry_host.year.judge import grid, traffic
from wherry_host.year.judge.estimates import Estimates
from wherry_host.year.judge.excuses import MEASURING_US, Excuses
from wherry_host.year.judge.kept import kept
from wherry_host.year.judge.lateness import UPLOAD_US, Lateness, longest_sample_us, longest_send_us
from wherry_host.year.judge.stamp_bound import StampBound
from wherry_host.year.judge.table import Table
from wherry_host.year.site import name_of
from wherry_host.year.world.clock import DAY_US

# A reading is at the first of these places that it has at any uplink.
_PLACES = ("waiting", "set_aside", "dropped", "thinned", "damaged", "in_gap", "delivered")
# Places that a reading cannot have if the node has lost it, and places of such a reading.
_KEPT, _EXCUSES = {"delivered", "waiting", "set_aside"}, {"unread", "cut_short", "in_gap"}
_SHOWN_MAX = 20
# As in account/charge.py: the tolerance, and the step of the node's channel.
_CHARGE_SHARE, _CHARGE_MAH = 0.05, 0.02


@dataclass
class Tally(Counts):
    """The Counts of the sensors' readings; `problems` has the first violations as text."""

    worst_stamp_error_ms: float = 0.0
    #: The readings whose stamps are estimates, and the largest error of these.
    estimated: int = 0
    worst_estimate_error_s: float = 0.0
    problems: list = field(default_factory=list)
    violations: int = 0
    #: Lost with flipped bits of the flash.
    damaged: int = 0
    #: The charge that the node has counted; None if it does not count.
    node_mah: float | None = None
    #: (number of a section, Shape of a channel, the Column of each uplink that takes it).
    columns: list = field(default_factory=list, compare=False, repr=False)

    def take(self, places):
        """Count a measurement with its places at the uplinks, of which None means lost."""
        if "unread" in places:
            return
        if "cut_short" in places:
            self.cut_short += 1
            return
        self.sampled += 1
        place = next((place for place in _PLACES if place in places), None)
        if place and None not in places:
            self.add(place)

    def wrong(self, text):
        """Count a violation; the first ones are kept as text."""
        self.violations += 1
        if len(self.problems) < _SHOWN_MAX:
            self.problems.append(text)


def tally(life):
    """Return the Tally of a Life that has ended."""
    found, site = Tally(), life.site
    for time_us, text in life.errors:
        found.wrong(f"the program failed at {time_us}: {text.strip().splitlines()[-1]}")
    bound = StampBound(life)
    stored = kept(life)
    estimates = Estimates(life, bound, stored[0])
    estimates.judge(found)
    is_empty = _is_empty(life)
    tables = []
    for i, each in enumerate(site.node.typed["uplink"]):
        lateness = None if is_empty else Lateness(life, longest_send_us(site, i), i + 1)
        limits = bound, lateness, estimates
        tables.append(Table(life, each, stored, limits, found))
    period_us = longest_sample_us(site)
    excuses = Excuses(life, bound)
    for number, section, measured in _measured(site):
        model, warm_up_us = name_of(number), section.get("warm_up_ms", 0) * 1000
        cut_us = life.clock.us - MEASURING_US - warm_up_us
        for shape, samples in measured:
            excuse = partial(excuses.of, model, shape, warm_up_us)
            columns = [table.column(shape, samples, excuse, cut_us) for table in tables]
            found.columns.append((number, shape, [each for each in columns if each]))
            for i in range(len(samples)):
                each = [column.places[i] if column else "others" for column in columns]
                found.take(each)
                if _EXCUSES.intersection(each) and _KEPT.intersection(each):
                    found.wrong(f"{shape.name} of {samples[i][0]} is at one uplink only")
        if not is_empty:
            excused_us = _excused_us(life, model) + _removed_us(life, number)
            wanted_us = period_us * section.get("every", 1)
            _judge_gaps(life, excused_us, measured, wanted_us, found)
    for table in tables:
        table.judge_rest()
    _judge_gap_rows(life, excuses.gap_rows(stored[0]), stored[0].gaps, found)
    for server in site.services.values():
        if server.leaked_size:
            found.wrong(f"{server.leaked_size} bytes went to a server without a valid certificate")
    traffic.judge(life, bound, found)
    grid.judge(life, bound, found)
    if not (life.power.losses or life.deploys.done):
        _judge_charge(life, found)
    return found


def _is_empty(life):
    """Return True if the cell has reached the voltage at which a node stops."""
    node, now_us = life.site.node, life.clock.us
    days = (now_us - life.site.begin_us) / DAY_US
    return node.sleeps and node.cell.left_after_mah(life.used_mah(now_us), days) <= 0


def _judge_gaps(life, excused_us, measured, period_us, found):
    """Report each span in which a channel of a section was not measured.

    This computer may lack a channel of the sensor `host`, but not all of its channels. A loss of
    power begins a new grid, and a sensor that is broken or not configured need not be measured.
    """
    judged = [each for each in measured if each[1]] or measured[:1]
    ends_us = [
        life.site.begin_us,
        life.clock.us,
        *(time_us for span in excused_us for time_us in span),
    ]
    for shape, samples in judged:
        times_us = sorted([*ends_us, *(time_us for time_us, _ in samples)])
        for before_us, after_us in pairwise(times_us):
            is_long = after_us - before_us > 1.5 * period_us + UPLOAD_US
            if is_long and not any(b <= before_us and after_us <= e for b, e in excused_us):
                seconds = (after_us - before_us) // 1_000_000
                found.wrong(f"{shape.name}: not measured for {seconds} s after {before_us}")


def _judge_gap_rows(life, wanted, gaps, found):
    """Compare the rows before which readings were lost with RTC memory with the gaps in flash.

    A damaged queue may number its rows anew, and the flash has the newest gaps only.
    """
    is_known = len(gaps.rows) == gaps.count and "damaged" not in life.left.places
    missing = wanted - set(gaps.rows) if is_known else set()
    for row in sorted(missing):
        found.wrong(f"rows were lost with RTC memory before row {row}, and no gap is recorded")
    if not missing and gaps.count < len(wanted):
        found.wrong(f"{len(wanted)} gaps in RTC memory, but {gaps.count} are recorded")


def _excused_us(life, model):
    """Return the spans (begin_us, end_us) without power, and with faults of a model."""
    now_us = life.clock.us
    breaks = life.site.witness.breaks[model]
    return life.power.offs_us() + [(begin_us, end_us or now_us) for begin_us, end_us in breaks]


def _removed_us(life, number):
    """Return the spans (begin_us, end_us) in which the configuration lacks a section."""
    found, begin_us = [], None
    for at_us, typed in zip(life.deploys.overs_us, life.site.typeds()[1:], strict=True):
        if begin_us is None and number >= len(typed["sensor"]):
            begin_us = at_us
        elif begin_us is not None and number < len(typed["sensor"]):
            found.append((begin_us, at_us))
            begin_us = None
    return found + ([] if begin_us is None else [(begin_us, life.clock.us)])


def _judge_charge(life, found):
    """Compare the charge that the node counts with the meter on its cell."""
    currents = life.site.node.currents
    if not currents:
        return
    state = newest_state(bytes(life.port.memory))
    if not state:
        found.wrong("the state in RTC memory is lost, and with it the charge")
        return
    elapsed_ms = life.port.rtc_us() // 1000 - state["zero_ms"]
    found.node_mah = used_uah(state["busy"], elapsed_ms, currents) / 1000
    used_mah = life.used_mah(life.clock.us)
    if abs(found.node_mah - used_mah) > _CHARGE_SHARE * used_mah + _CHARGE_MAH:
        found.wrong(f"the node counts {found.node_mah:.2f} mAh, the meter {used_mah:.2f}")


def _measured(site):
    """Yield (number, section, [(Shape, [(time_us, value)])]) of each section's channels."""
    for number, section in enumerate(site.nodes[0].typed["sensor"]):
        yield (
            number,
            section,
            [
                (shape, site.witness.samples.get((name_of(number), own), []))
                for own, shape in of_section(section)
            ],
        )
