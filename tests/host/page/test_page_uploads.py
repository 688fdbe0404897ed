"""Uploads of many requests: the usual interval, overdue nodes and late readings, as stored."""

from bisect import bisect_right
from typing import NamedTuple

import pytest
from support.server.page_store import open_store
from wherry_host.page import states
from wherry_host.page.curve import series
from wherry_host.page.fleet import Fleet
from wherry_host.page.uploads import BEGINS_MAX, Uploads

S = 1_000_000
BEGIN_US = 1_790_812_800 * S
KEY = ("harbor_v2", "n")
DAY_S = 86_400


class Sender(NamedTuple):
    """A node that sends `batch` readings per request; a request takes `request_s` seconds."""

    channels: str
    sample_s: float
    send_s: float
    batch: int = 256
    request_s: float = 0.3
    uploads: int = 24

    def requests(self, outage=(0, 0)):
        """Yield (received_us, readings) of all requests, except those during the outage."""
        waiting, sample = [], 0
        for upload in range(1, self.uploads + 1):
            due_us = BEGIN_US + round(upload * self.send_s * S)
            while (time_us := BEGIN_US + round(sample * self.sample_s * S)) <= due_us:
                waiting += [("n", name, time_us, sample) for name in self.channels]
                sample += 1
            if outage[0] <= upload < outage[1]:
                continue
            for i in range(0, len(waiting), self.batch):
                received_us = due_us + round((i // self.batch + 1) * self.request_s * S)
                yield received_us, waiting[i : i + self.batch]
            waiting = []


SENDERS = {
    "an LIS3DH, two requests every 10 s": Sender("xyz", 0.1, 10),
    "slow requests": Sender("xyz", 0.1, 10, request_s=2),
    "the batch limit of the server": Sender("xyz", 0.1, 10, batch=20, request_s=0.1),
    "each reading alone": Sender("tuv", 60, 60, batch=1),
    "each sample at once": Sender("t", 60, 60),
    "sampled every 15 min, sent every hour": Sender("tu", 900, 3600),
    "many requests an hour": Sender("tu", 2, 3600, request_s=2),
    "one reading a day": Sender("t", DAY_S, DAY_S),
    "no row in some uploads": Sender("t", 10, 7),
}


@pytest.fixture
def stored(tmp_path):
    """A Store and its History."""
    with open_store(tmp_path) as found:
        yield found


def late_times(history, device, channel):
    """Return the times in seconds of the readings of a channel that are drawn as late."""
    curve = history.curve(*KEY, channel, BEGIN_US, 1 << 62, 1_000_000)
    found = series(curve, device.interval_us)
    times_ms = {ms for ms, value in found.on_time + found.on_time_dots if value is not None}
    shaded = [ms for ms, value in found.late if value is not None and ms not in times_ms]
    return [ms / 1000 - BEGIN_US / S for ms in shaded]


@pytest.mark.parametrize("name", SENDERS)
def test_a_healthy_node_is_never_overdue_and_never_late(stored, name):
    sender, (store, history) = SENDERS[name], stored
    fleet = Fleet(history)
    fleet.refresh()
    for received_us, readings in sender.requests():
        device = fleet.devices.get(KEY)
        # Its silence is longest just before a request arrives.
        if device and device.interval_us:
            assert states.state(device, received_us) == states.SAMPLING
        store.add(KEY[0], readings, received_us)
        fleet.refresh()
    later = Fleet(history)
    later.refresh()
    for device in (fleet.devices.get(KEY), later.devices.get(KEY)):
        assert device.interval_us == pytest.approx(sender.send_s * S, rel=0.03)
        assert [late_times(history, device, channel) for channel in sender.channels] == [
            [] for _ in sender.channels
        ]


def test_a_drained_backlog_is_late_and_one_upload(stored):
    sender, (store, history) = SENDERS["an LIS3DH, two requests every 10 s"], stored
    fleet, seen = Fleet(history), []
    fleet.refresh()
    for received_us, readings in sender.requests(outage=(12, 18)):
        device = fleet.devices.get(KEY)
        word = states.state(device, received_us) if device else states.SAMPLING
        seen.append(word in (states.OVERDUE, states.SILENT))
        store.add(KEY[0], readings, received_us)
        fleet.refresh()
    assert seen.count(True) == 1
    later = Fleet(history)
    later.refresh()
    for device in (fleet.devices.get(KEY), later.devices.get(KEY)):
        assert device.interval_us == pytest.approx(10 * S, rel=0.03)
        late_s = late_times(history, device, "x")
        # The upload after the outage is at 180 s; a wait of 17.1 s is still explained.
        assert late_s[0] == pytest.approx(110, abs=0.3)
        assert late_s[-1] == pytest.approx(180 - 17, abs=3)
        assert len(late_s) == pytest.approx(10 * (late_s[-1] - late_s[0]), rel=0.01)


def test_a_reading_of_the_future_hides_no_upload():
    requests = {second * S: (second * S, second * S) for second in range(0, 100, 10)}
    requests[30 * S] = (0, 10**15)
    assert Uploads().after(requests).interval_us() == 10 * S


def test_an_interval_that_changes_is_learned():
    moments = [*range(0, 400, 20), *range(400, 90_000, 3600)]
    uploads, known_s = Uploads(), []
    for second in moments:
        uploads = uploads.after({second * S: (second * S, second * S)})
        known_s.append(uploads.interval_us() // S)
    assert known_s[:2] == [0, 20] and known_s[-1] == 3600
    assert len(uploads.begins_us) == BEGINS_MAX
    assert known_s.index(3600) - bisect_right(moments, 400) < BEGINS_MAX // 2 + 1
