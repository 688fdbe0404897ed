"""What was lost with RTC memory lies in a gap that the flash tells of: it is lost in sight."""

from typing import NamedTuple


class Gaps(NamedTuple):
    """Those of a flash: `count` of all there ever were, `spans` of the newest.

    A span is (begin_us, end_us), the stamps of the row before and of the row after in Unix us; one
    is None where its boot was never dated.
    """

    count: int = 0
    spans: tuple = ()


def judge_gaps(case, missing):
    """Tell of each sample of a Case that was lost with RTC memory and lies in no gap.

    `missing` {sample: its excuse} has those that are in no row. A gap is noted before the next row
    comes to the flash: what nothing has come after has none.
    """
    gaps = case.final.gaps
    newest_us = max((each.time_us for each in case.samples if each not in missing), default=0)
    for sample in [sample for sample, excuse in missing.items() if excuse == "in_gap"]:
        # Of those before the newest ones nothing is kept but their number.
        is_old = gaps.count > len(gaps.spans) and _is_before(sample.time_us, gaps.spans[0])
        if (
            sample.time_us < newest_us
            and not is_old
            and not _is_reported(case, sample, gaps.spans)
        ):
            text = "lost with RTC memory, and in no gap that the flash tells of"
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
