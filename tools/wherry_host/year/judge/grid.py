"""Whether a node samples on the grid of the true time, and uploads at its slot.

docs/design/turn.md describes both. The periods are judged only while no fault is near, and only
those of a node that keeps them: a cadence, a window, a contact or an owner may change them.
"""

from itertools import pairwise

from wherry_host.year.judge.lateness import Lateness, longest_send_us
from wherry_host.year.judge.slot import LATE_US, off_us, upload_off_us
from wherry_host.year.judge.traffic import FULL_US, is_plain
from wherry_host.year.site import name_of


def judge(life, bound, found):
    """Give `found.wrong` each sample that is not on its grid, and each upload not at its slot.

    `bound` is the StampBound of the Life.
    """
    node = life.site.node
    if not _keeps_periods(life.site):
        return
    calm = Lateness(life, longest_send_us(life.site))
    every_us = 1000 * node.typed["node"]["sample_every_ms"]
    for number, section in enumerate(node.typed["sensor"]):
        late_us = LATE_US + 1000 * section.get("warm_up_ms", 0)
        for (name, channel), samples in life.site.witness.samples.items():
            if name == name_of(number):
                times_us = [time_us for time_us, _ in samples if _is_judged(time_us, calm, bound)]
                for time_us in times_us:
                    wrong_us = off_us(time_us, every_us, 0, late_us, bound.error_us(time_us))
                    if wrong_us:
                        found.wrong(f"{channel} of {time_us} is {wrong_us} us off the grid")
    if node.sleeps and is_plain(node.typed):
        for time_us in _uploads(life.radio_us, calm):
            wrong_us = upload_off_us(node.typed["node"], time_us, bound.error_us(time_us))
            if wrong_us:
                found.wrong(f"the upload of {time_us} is {wrong_us} us off the node's slot")


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
