"""The limit of services that all nodes of a fleet share: requests are answered in true order."""

from collections import defaultdict
from heapq import heappop, heappush

from wherry_host.server.token_bucket import TokenBucket


class Gate:
    """Admits `per_s` requests per second to each service, from `count` crews.

    A floor is a (true us, number of a node) before which a crew has no more requests. A request is
    decided when no crew can have an earlier one, so the order of messages has no effect.
    """

    def __init__(self, per_s, count):
        self._buckets = defaultdict(lambda: TokenBucket(per_s))
        self.floors = [(0, 0)] * count
        self._asked = []

    def ask(self, crew, now_us, number, api):
        """Take the request of a crew's node."""
        heappush(self._asked, (now_us, number, crew, api))

    def rise(self, crew, floor):
        """Take the floor of a crew, which is never below an earlier one."""
        self.floors[crew] = floor

    def decided(self):
        """Yield (crew, number of its node, True if admitted) for each request that is decided."""
        while self._asked and self._asked[0][:2] <= min(self.floors):
            now_us, number, crew, api = heappop(self._asked)
            yield crew, number, self._buckets[api].take(now_us)
