"""Moments that lives with faults must reach: a campaign without one of them was too mild."""

import re
from bisect import bisect_left
from itertools import pairwise

from support.year.effects import LINES
from wherry_host.server.dialects import tables
from wherry_host.year.world.clock import DAY_US

_HOUR_US = 3_600_000_000
_STATUSES = {
    "accepts readings": (200, 201, 202), "answers 301": (301,), "answers 400": (400,),
    "answers 401": (401,), "answers 403": (403,), "answers 404": (404,), "answers 408": (408,),
    "answers 413": (413,), "answers 429": (429,), "answers 500": (500,), "answers 502": (502,),
    "answers 503": (503,), "stores readings and cuts the connection": (0,),
}  # fmt: skip


class Seen:
    """A Talking life that has ended, with its Tally."""

    def __init__(self, life, found):
        self.life, self.found = life, found
        self.text = "\n".join(life.lines)
        #: The Requests to all servers, in order.
        self.requests = life.site.requests()
        self.losses = life.power.losses

    def answered(self, api, statuses):
        """Return True if a dialect gave one of some answers to readings."""
        return any(
            each.api == api and each.status in statuses and each.count for each in self.requests
        )

    def is_radio_on(self, time_us):
        """Return True if the radio was on at a true time."""
        return any(begin <= time_us <= end for begin, end in self.life.radio_us)

    def delays_us(self):
        """Yield the time from each stamp to the arrival of its point."""
        for points in self.life.site.store.points.values():
            for (_, time_us), point in points.items():
                yield point.received_us - time_us


# Refusals


def _is_halved(seen):
    """Two or more readings were refused, and then one of them was sent alone and refused."""
    return any(
        before.status == after.status in (400, 413, 422) and before.count == 2
        for before, after in pairwise(seen.requests)
        if after.count == 1
    )


def _is_busy_in_backlog(seen):
    return any(each.status == 429 and each.count >= 100 for each in seen.requests)


def _upload_of_batches(count):
    def is_reached(seen):
        taken = [each for each in seen.requests if each.status in (200, 201, 202)]
        taken_us = [each.time_us for each in taken if each.count]
        return any(
            bisect_left(taken_us, end) - bisect_left(taken_us, begin) >= count
            for begin, end in seen.life.radio_us
        )

    return is_reached


# The supply


def _is_in_flash(seen):
    return any(loss.is_in_flash for loss in seen.losses)


def _between_losses(seen, span_us):
    losses_us = [loss.at_us for loss in seen.losses]
    return any(after - before < span_us for before, after in pairwise(losses_us))


def _is_off(seen, span_us):
    ons_us = seen.life.power.ons_us[1:]
    pairs = zip(seen.losses, ons_us, strict=False)
    return any(on_us - loss.at_us > span_us for loss, on_us in pairs)


def _is_lost_undated(seen):
    """The power failed again before the time was known."""
    times_us = [each.time_us for each in seen.life.site.network.times]
    pairs = zip(seen.life.power.ons_us, seen.losses, strict=False)
    return any(
        bisect_left(times_us, on_us) == bisect_left(times_us, loss.at_us) for on_us, loss in pairs
    )


# Deploys


def _is_deployed_in_upload(seen):
    return any(seen.is_radio_on(each.at_us) for each in seen.life.deploys.done)


def _changes_periods(seen):
    periods = {each["node"]["sample_every_ms"] for each in seen.life.site.typeds()}
    return len(periods) > 1


def _removes_sensor(seen):
    return len({len(each["sensor"]) for each in seen.life.site.typeds()}) > 1


# The full flash


def _is_eighth(seen):
    """Of some readings in a row, one in eight is left."""
    period_us = seen.life.site.node.typed["node"]["sample_every_ms"] * 1000
    for points in seen.life.site.store.points.values():
        name = next(iter(points))[0]
        times_us = sorted(time_us for channel, time_us in points if channel == name)
        steps = [round((after - before) / period_us) for before, after in pairwise(times_us)]
        if (8, 8) in pairwise(steps) and seen.found.thinned:
            return True
    return False


def _line(pattern):
    return lambda seen: re.search(pattern, seen.text) is not None


def _answer(api, statuses):
    return lambda seen: seen.answered(api, statuses)


def _effect(kind):
    part = LINES[kind]
    return lambda seen: kind in seen.life.schedule.kinds and part in seen.text


MOMENTS = {
    f"{dialect.title} {what}": _answer(dialect.apis[0], statuses)
    for dialect in tables().values()
    for what, statuses in _STATUSES.items()
} | {
    f"the effect of {kind}": _effect(kind) for kind in LINES
} | {
    "a batch is halved down to one reading": _is_halved,
    "a reading is set aside": lambda seen: seen.found.set_aside > 0,
    "a reading is dropped because the aside files are full":
        lambda seen: seen.found.dropped > 0 and not seen.found.thinned,
    "eight refusals of single readings end an upload": _line(r"HTTP 400.*; next try in"),
    "a channel is held": _line(r" is held"),
    "a held channel is accepted": _line(r"sensocan~\w+: delivered"),
    "429 to a full batch": _is_busy_in_backlog,
    "an upload of five batches": _upload_of_batches(5),
    "a reading arrives a day late": lambda seen: max(seen.delays_us(), default=0) > DAY_US,
    "the wait without an answer grows to 4 h": _line(r"; next try in 1[4-7]\d{3} s"),
    "a reading comes twice": lambda seen: seen.found.duplicates > 0,
    "the power fails in a sleep":
        lambda seen: any(loss.begin_us is None for loss in seen.losses),
    "the power fails in a wake":
        lambda seen: any(loss.begin_us is not None for loss in seen.losses),
    "the power fails in a flash operation": _is_in_flash,
    "the power fails in an upload":
        lambda seen: any(seen.is_radio_on(loss.at_us) for loss in seen.losses),
    "the power fails between an answer and the cursor":
        lambda seen: seen.life.site.store.doubt_count > 0,
    "the power fails twice in an hour": lambda seen: _between_losses(seen, _HOUR_US),
    "the power is off for an hour": lambda seen: _is_off(seen, _HOUR_US),
    "the power fails before the time is known": _is_lost_undated,
    "rows are lost with RTC memory, and a gap is recorded": _line(r"gap before row"),
    "a deploy ends an upload": _is_deployed_in_upload,
    "a deploy changes the periods": _changes_periods,
    "a deploy removes a sensor, or brings it back": _removes_sensor,
    "a measurement is cut short": lambda seen: seen.found.cut_short > 0,
    "the clock is corrected by more than a second": _line(r"was off by -?\d{4,} ms"),
    "the clock is corrected by more than a minute": _line(r"was off by -?\d{5,} ms"),
    "a stamp is more than 10 s off": lambda seen: seen.found.worst_stamp_error_ms > 10_000,
    "a sensor responds again": _line(r"responding again after"),
    "readings are lost with flipped bits, and counted": lambda seen: seen.found.damaged > 0,
    "a full queue is thinned": lambda seen: seen.found.thinned > 0,
    "a full queue is thinned to an eighth": _is_eighth,
    "a full queue drops rows": lambda seen: seen.found.thinned > 0 < seen.found.dropped,
}  # fmt: skip


def reached(life, found):
    """Return the names of the moments that a Talking life has reached."""
    seen = Seen(life, found)
    return {name for name, is_reached in MOMENTS.items() if is_reached(seen)}
