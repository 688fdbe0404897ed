"""Whether a node samples on the grid of the true time, and uploads at its slot.

docs/design/turn.md describes both. The periods are judged only while no fault is near, and only
those of a node that keeps them: a cadence, a window, a contact or an owner may change them.
"""

from itertools import pairwise
from zlib import crc32

from wherry_host.year.judge.lateness import Lateness, longest_send_us
from wherry_host.year.judge.traffic import FULL_US, is_plain
from wherry_host.year.site import name_of

# 2000-01-01 in Unix time.
_EPOCH_US = 946_684_800_000_000
# A sample comes after a start and the measurement of other sensors, and may wait for a call during
# an upload. An upload comes after a sample.
_LATE_US = 30_000_000
# An upload follows one of the node's samples within this time.
_SPREAD_US = 60_000_000


def judge(life, bound, found):
    """Give `found.wrong` each sample that is not on its grid, and each upload not at its slot.

    `bound` is the StampBound of the Life.
    """
    node = life.site.node
    if not _keeps_periods(life.site):
        return
    calm = Lateness(life, longest_send_us(life.site))
    every_us, send_us = (
        1000 * node.typed["node"][key] for key in ("sample_every_ms", "send_every_ms")
    )
    for number, section in enumerate(node.typed["sensor"]):
        late_us = _LATE_US + 1000 * section.get("warm_up_ms", 0)
        for (name, channel), samples in life.site.witness.samples.items():
            if name == name_of(number):
                times_us = [time_us for time_us, _ in samples if _is_judged(time_us, calm, bound)]
                for time_us, off_us in _off(times_us, every_us, 0, late_us, bound):
                    found.wrong(f"{channel} of {time_us} is {off_us} us off the grid")
    if node.sleeps and is_plain(node.typed):
        slot_us = _slot_us(node.typed["node"]["name"], every_us, send_us)
        times_us = list(_uploads(life.radio_us, calm))
        for time_us, off_us in _off(times_us, send_us, slot_us, _LATE_US, bound):
            found.wrong(f"the upload of {time_us} is {off_us} us off the node's slot")


def _keeps_periods(site):
    """Return True if a node always has the same periods, and no reason for another sample."""
    typed = site.node.typed
    power = typed["power"]
    return (
        len(site.typeds()) == 1
        and not (power["cadence"] or power["windows"])
        and all(uplink["kind"] != "here" for uplink in typed["uplink"])
        and not any(section.get("at_once") for section in typed["sensor"])
    )


def _is_judged(time_us, calm, bound):
    """Return True if a node without a fault nearby has asked for the time before."""
    answer_us = bound.first_answer_us(time_us)
    return answer_us is not None and answer_us < time_us and calm.is_calm(time_us)


def _uploads(radio_us, calm):
    """Yield the begin of each span of the radio that follows a whole upload without a fault."""
    for (before_us, end_us), (begin_us, _) in pairwise(radio_us):
        if end_us - before_us < FULL_US and calm.is_calm(before_us) and calm.is_calm(begin_us):
            yield begin_us


def _off(times_us, every_us, slot_us, late_us, bound):
    """Yield (time, us) of each time that is too far from n * every_us + slot_us since 2000."""
    for time_us in times_us:
        early_us = round(bound.error_us(time_us))
        off_us = (time_us - _EPOCH_US - slot_us + early_us) % every_us - early_us
        if off_us > early_us + late_us:
            yield time_us, min(off_us, off_us - every_us, key=abs)


def _slot_us(name, sample_us, send_us):
    """Return a node's slot: one of its samples in an upload period, and a part of a minute."""
    slot = crc32(name.encode())
    sample_us = min(sample_us, send_us)
    number = (slot >> 16) * (send_us // sample_us) >> 16
    return number * sample_us + ((slot & 0xFFFF) * min(sample_us, _SPREAD_US) >> 16)
