"""Check that readings lost with RTC memory are in a gap that is recorded in the flash."""

from typing import NamedTuple


class Gaps(NamedTuple):
    """The gaps of a flash: `count` is the number of all gaps ever, `spans` are the newest gaps.

    A span is (begin_us, end_us): the stamps of the row before and the row after, in Unix us. A
    stamp is None if its boot was never dated. `rows` are the numbers of the rows after them.
    """

    count: int = 0
    spans: tuple = ()
    rows: tuple = ()


def judge_gaps(case, missing):
    """Report each sample of a Case that was lost with RTC memory and is not in any gap.

    `missing` {sample: excuse} has the samples that are in no row. A gap is recorded when the next
    row reaches the flash, so samples after the newest row need no gap.
    """
    gaps = case.final.gaps
    newest_us = max((each.time_us for each in case.samples if each not in missing), default=0)
    for sample in [sample for sample, excuse in missing.items() if excuse == "in_gap"]:
        # Of older gaps, only the number is kept.
        is_old = gaps.count > len(gaps.spans) and _is_before(sample.time_us, gaps.spans[0])
        if (
            sample.time_us < newest_us
            and not is_old
            and not _is_reported(case, sample, gaps.spans)
        ):
            text = "lost with RTC memory, and in no gap recorded in flash"
            case.report(sample.channel, sample.time_us, text)


def _is_reported(case, sample, spans):
    near_us = case.bound.reach_us(sample.time_us)
    return any(
        (begin_us is None or begin_us - near_us <= sample.time_us)
        and (end_us is None or sample.time_us <= end_us + near_us)
        for begin_us, end_us in spans
    )


def _is_before(time_us, span):
    return span[0] is None or time_us < span[0]
