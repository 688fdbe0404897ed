"""The place of each reading of a simulated life, from its witnesses and never from the node.

The witnesses are the device models, the servers, and decoders of docs/spec.md for the flash and
RTC memory, which use nothing from lib/.
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field

from wherry.power.ledger import used_uah

from wherry_host.account.flash import read_flash, readings_of
from wherry_host.account.samples import OWN
from wherry_host.account.shapes import of_section
from wherry_host.account.spec.rtc import read_rtc, stage_rows
from wherry_host.account.stamps import error_ms_max
from wherry_host.account.uplink_tables import place_of, takes
from wherry_host.year.node import channels_of_sensors, dialect_of
from wherry_host.year.site import name_of

# A reading is at the first of these places that it has at any uplink.
_PLACES = ("waiting", "set_aside", "delivered")
_SHOWN_MAX = 20
# The longest time from a measurement's start until its row is kept.
_MEASURING_US = 10_000_000
# As in account/charge.py: the tolerance, and the step of the node's channel.
_CHARGE_SHARE, _CHARGE_MAH = 0.05, 0.02


@dataclass
class Tally:
    """The counts of readings of the sensors; `problems` has a line for each violation."""

    sampled: int = 0
    cut_short: int = 0
    delivered: int = 0
    waiting: int = 0
    set_aside: int = 0
    thinned: int = 0
    dropped: int = 0
    duplicates: int = 0
    worst_stamp_error_ms: float = 0.0
    problems: list = field(default_factory=list)
    violations: int = 0
    #: The charge that the node has counted; None if it does not count.
    node_mah: float | None = None

    def add(self, places):
        """Count a measurement with its places at the uplinks, of which None means lost."""
        if "cut_short" in places:
            self.cut_short += 1
            return
        self.sampled += 1
        place = next((place for place in _PLACES if place in places), None)
        if place and None not in places:
            setattr(self, place, getattr(self, place) + 1)

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
    flash = read_flash(bytes(life.flash.memory.content))
    kept = flash.readings + _staged(life)
    uplinks = [_Uplink(site, each, flash, kept, found) for each in site.node.typed["uplink"]]
    cut_us = life.clock.us - _MEASURING_US
    for channel, shape, samples in _measured(site):
        places = [uplink.places(channel, shape, samples, cut_us) for uplink in uplinks]
        for each in zip(*places, strict=True):
            found.add(each)
    for uplink in uplinks:
        uplink.judge_rest()
    _judge_charge(life, found)
    return found


def _judge_charge(life, found):
    """Compare the charge that the node counts with the meter on its cell."""
    state, _ = read_rtc(bytes(life.port.memory))
    currents = life.site.node.currents
    if not currents or not state:
        return
    elapsed_ms = life.port.rtc_us() // 1000 - state["zero_ms"]
    found.node_mah = used_uah(state["busy"], elapsed_ms, currents) / 1000
    used_mah = life.used_mah(life.clock.us)
    if abs(found.node_mah - used_mah) > _CHARGE_SHARE * used_mah + _CHARGE_MAH:
        found.wrong(f"the node counts {found.node_mah:.2f} mAh, the meter {used_mah:.2f}")


def _measured(site):
    """Yield (channel, Shape, [(time_us, model's value)]) of each channel with a witness."""
    for number, section in enumerate(site.node.typed["sensor"]):
        for own, shape in of_section(section):
            samples = site.witness.samples.get((name_of(number), own), [])
            yield shape.name, shape, samples


def _staged(life):
    """Return the readings that wait in RTC memory only."""
    node = life.site.node
    channels = [(decimals, name, unit) for name, unit, decimals in channels_of_sensors(node.typed)]
    count = node.channel_count
    rows = stage_rows(bytes(life.port.memory), (count, count - len(channels)))
    return [
        each
        for row in rows
        for each in readings_of(_without_own(row, len(channels)), channels, {})
    ]


def _without_own(row, count):
    """Return a row without the values of the node's own channels, which follow the sensors'."""
    return row._replace(values={i: value for i, value in row.values.items() if i < count})


class _Uplink:
    """The points of one uplink at its server, and the readings that wait for it."""

    def __init__(self, site, uplink, flash, kept, found):
        self._label, self._found = uplink["label"], found
        self._takes = takes(uplink.get("selection"))
        self._error_ms_max = error_ms_max(site.node.typed)
        self._period_us = site.node.typed["node"]["sample_every_ms"] * 1000
        node = site.node
        place = place_of(node, node.typed["node"]["name"], uplink)
        names = dict(uplink["selection"][1]) if uplink.get("selection") else {}
        name, dialect = dialect_of(uplink)
        renamed = dialect.renamed(node.accounts[name])
        own = {renamed.get(sent, sent): channel for channel, sent in names.items()}
        self._points = _by_channel(
            (own.get(channel, channel), time_us, value)
            for (channel, time_us), value in site.store.points.get(place, {}).items()
        )
        copies = site.store.copies[place]
        found.duplicates += copies
        if copies:
            found.wrong(f"{self._label}: {copies} points came again, and no answer was lost")
        ledger = flash.ledger_of(self._label)
        aside = {(each.row, each.channel) for name, _, each in flash.aside if name == self._label}
        self._set_aside = _by_channel(
            _parts(each) for each in kept if (each.row, each.channel) in aside
        )
        self._waiting = _by_channel(
            _parts(each)
            for each in kept
            if (each.row, each.index) >= ledger[:2] and (each.row, each.channel) not in aside
        )

    def places(self, channel, shape, samples, cut_us):
        """Return the place of each sample of a channel, None for one that is lost.

        After `cut_us`, the end of the life may have interrupted a measurement.
        """
        places = [None] * len(samples)
        if not self._takes(channel):
            return ["others"] * len(samples)
        for name, entries in (
            ("delivered", self._points),
            ("set_aside", self._set_aside),
            ("waiting", self._waiting),
        ):
            self._match(shape, samples, entries.get(channel, []), name, places)
        for i, (time_us, value) in enumerate(samples):
            if places[i] is None and time_us >= cut_us:
                places[i] = "cut_short"
            elif places[i] is None:
                text = f"{self._label}: {channel} of {time_us}, {value:g}, is lost"
                self._found.wrong(text)
        return places

    def _match(self, shape, samples, entries, name, places):
        """Give each sample without a place the nearest entry of its time; remove the entry."""
        times_us = [each[0] for each in samples]
        left = []
        for entry in entries:
            time_us = entry[0]
            at = bisect_left(times_us, time_us)
            near = [i for i in (at - 1, at) if 0 <= i < len(samples) and places[i] is None]
            near = [i for i in near if abs(times_us[i] - time_us) * 2 < self._period_us]
            i = min(near, key=lambda i: abs(times_us[i] - time_us), default=None)
            if i is None:
                left.append(entry)
                continue
            places[i] = name
            self._compare(shape, samples[i], entry)
        entries[:] = left

    def _compare(self, shape, sample, entry):
        found, wanted = self._found, shape.value(sample[1])
        if abs(entry[1] - wanted) > shape.step + 1e-9:
            found.wrong(f"{self._label}: {shape.name} is {entry[1]:g}, not {wanted:g}")
        error_ms = abs(sample[0] - entry[0]) / 1000
        found.worst_stamp_error_ms = max(found.worst_stamp_error_ms, error_ms)
        if error_ms > self._error_ms_max:
            found.wrong(f"{self._label}: {shape.name} of {sample[0]} is {error_ms:.0f} ms off")

    def judge_rest(self):
        """Report the points that no sample explains."""
        for channel, entries in self._points.items():
            if channel.startswith(OWN):
                continue
            for time_us, value in entries:
                self._found.wrong(
                    f"{self._label}: {channel} {value:g} of {time_us} was not measured"
                )


def _by_channel(entries):
    found = defaultdict(list)
    for channel, time_us, value in entries:
        found[channel].append((time_us, value))
    return {channel: sorted(each) for channel, each in found.items()}


def _parts(reading):
    return reading.channel, reading.stamp_us or 0, reading.value
