"""Whether a node samples on the grid of the true time, and uploads at its slot.

docs/design/turn.md describes both. The periods are judged only while no fault is near, and only
those of a node that keeps them: a cadence, a window, a contact or an owner may change them.
"""

from bisect import bisect_right
from itertools import pairwise

from wherry_host.year.judge.lateness import Lateness, longest_send_us
from wherry_host.year.judge.slot import late_us, sample_off_us, upload_off_us
from wherry_host.year.judge.traffic import FULL_US, is_plain

# An upload comes within this time after a sample.
_AFTER_US = 60_000_000


def judge(life, bound, found):
    """Give `found.wrong` each sample that is not on its grid, and each upload not at its slot.

    `bound` is the StampBound of the Life.
    """
    node = life.site.node
    if not _keeps_periods(life.site):
        return
    calm = Lateness(life, longest_send_us(life.site))
    samples_us = []
    for (_, channel), samples in life.site.witness.samples.items():
        times_us = [time_us for time_us, _ in samples]
        samples_us += times_us
        for time_us in times_us:
            if _is_judged(time_us, calm, bound):
                wrong_us = sample_off_us(node.typed, time_us, bound.error_us(time_us))
                if wrong_us:
                    found.wrong(f"{channel} of {time_us} is {wrong_us} us off the grid")
    if node.sleeps and is_plain(node.typed):
        samples_us.sort()
        for time_us in _uploads(life.radio_us, calm):
            error_us = bound.error_us(time_us)
            wrong_us = upload_off_us(node.typed, time_us, error_us)
            if wrong_us:
                found.wrong(f"the upload of {time_us} is {wrong_us} us off the node's slot")
            after_us = time_us - samples_us[bisect_right(samples_us, time_us) - 1]
            limit_us = _AFTER_US + late_us(node.typed) + error_us
            if _has_whole_periods(node.typed) and after_us > limit_us:
                found.wrong(f"the upload of {time_us} is {after_us} us after the last sample")


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


def _has_whole_periods(typed):
    """Return True if an upload period is a multiple of the sampling period."""
    return typed["node"]["send_every_ms"] % typed["node"]["sample_every_ms"] == 0


def _is_judged(time_us, calm, bound):
    """Return True if a node without a fault nearby has asked for the time before."""
    answer_us = bound.first_answer_us(time_us)
    return answer_us is not None and answer_us < time_us and calm.is_calm(time_us)


def _uploads(radio_us, calm):
    """Yield the begin of each span of the radio that follows a whole upload without a fault."""
    for (before_us, end_us), (begin_us, _) in pairwise(radio_us):
        if end_us - before_us < FULL_US and calm.is_calm(before_us) and calm.is_calm(begin_us):
            yield begin_us
