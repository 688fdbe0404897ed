"""The outcome of a fleet as JSON fields and as lines of text."""

from bisect import bisect_left
from itertools import groupby
from statistics import median

from wherry_host.year.outcome import COUNTS

# The first violation of each of the lives with most of them is shown.
_SHOWN_MAX = 20
_SECOND_US = 1_000_000
#: {key of a node's fields: (its text, decimals)} of the figures whose spread is shown.
_SPREADS = {
    "mah_per_day": ("mAh per day", 2),
    "days_left": ("days left", 0),
    "awake_s_per_day": ("awake, s per day", 0),
    "wire_bytes_per_day": ("bytes per day", 0),
    "worst_stamp_error_ms": ("stamp off, ms", 0),
}


def fields(ends):
    """Return the fields of `wherry year --nodes --json` for NodeEnds."""
    requests_us = sorted(us for end in ends for us in end.requests_us)
    refused = [[is_refused for _, is_refused in end.verdicts] for end in ends]
    settled_us = [end.settled_us for end in ends]
    return {
        "nodes": len(ends),
        **{name: sum(end.fields[name] for end in ends) for name in COUNTS},
        **{name: _spread([end.fields[name] for end in ends]) for name in _SPREADS},
        "requests": len(requests_us),
        "requests_per_s_max": _most_in_a_second(requests_us),
        "refused": sum(map(sum, refused)),
        "refused_in_a_row": max(map(_in_a_row, refused)),
        "caught_up_s": None if -1 in settled_us else round(max(settled_us) / _SECOND_US),
        "problems": list(_problems(ends)),
    }


def _spread(values):
    return {"min": min(values), "median": median(values), "max": max(values)}


def _most_in_a_second(times_us):
    return max(
        (i + 1 - bisect_left(times_us, us - _SECOND_US + 1) for i, us in enumerate(times_us)),
        default=0,
    )


def _in_a_row(refused):
    return max((len([*each]) for is_refused, each in groupby(refused) if is_refused), default=0)


def _problems(ends):
    wrong = [end for end in ends if end.fields["violations"]]
    wrong.sort(key=lambda end: -end.fields["violations"])
    for end in wrong[:_SHOWN_MAX]:
        more = end.fields["violations"] - 1
        yield f"seed {end.seed}: {end.fields['problems'][0]}" + f" (and {more} more)" * (more > 0)
    if wrong[_SHOWN_MAX:]:
        yield f"{len(wrong) - _SHOWN_MAX} more seeds have violations"


def lines(found, title, job, limit, sleeps):
    """Yield the outcome of a Job as text; `limit` is None without one.

    `sleeps` is True for nodes on battery.
    """
    yield title
    yield ""
    for name in COUNTS:
        yield f"{name.replace('_', ' '):<14}{found[name]:>11}"
    yield ""
    yield f"{'a node':<18}{'min':>9}{'median':>9}{'max':>9}"
    for name, (text, decimals) in _SPREADS.items():
        if name == "days_left" and not sleeps:
            continue
        values = "".join(f"{value:>9.{decimals}f}" for value in found[name].values())
        yield f"{text:<18}{values}"
    yield ""
    yield f"requests: {found['requests']}, at most {found['requests_per_s_max']} in a second"
    if limit:
        share = 100 * found["refused"] / max(found["requests"], 1)
        row = f"at most {found['refused_in_a_row']} in a row for one node"
        yield f"refused by the limit: {found['refused']} ({share:.2f} %), {row}"
    if job.faults:
        yield _caught_up(found["caught_up_s"])
    for text in found["problems"]:
        yield f"violation: {text}"


def _caught_up(seconds):
    if seconds is None:
        return "after the faults: not all readings are delivered yet"
    hours, rest_s = divmod(seconds, 3600)
    return f"after the faults: all readings are delivered in {hours} h {rest_s // 60} min"
