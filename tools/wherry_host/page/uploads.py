"""The uploads of one node, found in the requests that brought its points.

The size of a batch is limited, so an upload may consist of several requests. A request belongs to
the previous upload if one of these holds; every other request begins an upload:

* it brings no newer reading;
* its readings span more than twice the time since the previous request, so they came faster than
  they were sampled, as after an outage;
* it comes soon after the upload began: within half of the time that the upload's readings span,
  and within a minute.

Readings span the time from the previously newest reading to their own newest. If each upload is
one request, this span is less than twice the upload interval, whatever the sampling and upload
intervals are.
"""

from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

BEGINS_MAX = 17
_JOIN_US_MAX = 60_000_000


class Uploads(NamedTuple):
    """The times at which the last BEGINS_MAX uploads began, and the time of the last request.

    Times are Unix microseconds. `newest_us` is the time of the newest reading, `base_us` the time
    of the newest reading before the last upload.
    """

    begins_us: tuple = ()
    received_us: int = 0
    newest_us: int = 0
    base_us: int = 0

    def after(self, requests):
        """Return the Uploads after more requests, which are a dict from `requests_of`."""
        uploads = self
        for received_us in sorted(requests):
            uploads = uploads._with(received_us, *requests[received_us])
        return uploads

    def interval_us(self):
        """Return the median interval between uploads, or 0 if it is unknown."""
        intervals_us = [after - before for before, after in pairwise(self.begins_us)]
        return median_low(intervals_us) if intervals_us else 0

    def _with(self, received_us, oldest_us, newest_us):
        # A stamp in the future would make all later readings look old.
        newest_us = min(newest_us, received_us)
        if not self.begins_us:
            return Uploads((received_us,), received_us, newest_us, min(oldest_us, newest_us))
        top_us = max(self.newest_us, newest_us)
        if self._goes_on(received_us, top_us):
            return self._replace(received_us=received_us, newest_us=top_us)
        begins_us = (*self.begins_us, received_us)[-BEGINS_MAX:]
        return Uploads(begins_us, received_us, top_us, self.newest_us)

    def _goes_on(self, received_us, top_us):
        span_us = top_us - self.newest_us
        join_us = min(_JOIN_US_MAX, (self.newest_us - self.base_us) // 2)
        return (
            span_us == 0
            or 2 * (received_us - self.received_us) < span_us
            or received_us - self.begins_us[-1] < join_us
        )


def requests_of(points):
    """Return {received_us: (oldest_us, newest_us)} for points (time_us, value, received_us)."""
    found = {}
    for time_us, _, received_us in points:
        oldest_us, newest_us = found.get(received_us, (time_us, time_us))
        found[received_us] = min(oldest_us, time_us), max(newest_us, time_us)
    return found
