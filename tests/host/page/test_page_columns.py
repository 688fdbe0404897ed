"""Curves of many points: omitted points are invisible, and cached columns are right."""

import random
import re

import pytest
from support.server.page_store import open_store
from wherry_host.page.columns import CURVES_MAX
from wherry_host.page.curve import series, window
from wherry_host.page.history import History, Point

S = 1_000_000
END_US = 1_790_812_800 * S
PLACE = ("harbor_v2", "n", "t")
WINDOWS_S = {"1 h": 3600, "1 d": 86_400, "30 d": 30 * 86_400}
# Outages of the network, and power cuts, in seconds before the end.
LATE_S = ((50_000, 45_000), (1500, 1300))
CUTS_S = ((80_000, 70_000), (30_000, 29_700), (2500, 2440), (900, 880))
SPIKE = 900.5


@pytest.fixture
def stored(tmp_path):
    """A Store and its History."""
    with open_store(tmp_path) as found:
        yield found


def kept(points, width_us):
    """Return {number of a column: (first, lowest, highest, last)} of (time_us, value)."""
    columns = {}
    for time_us, value in sorted(points):
        columns.setdefault(time_us // width_us, []).append((time_us, value))
    return {
        number: (found[0][0], min(v for _, v in found), max(v for _, v in found), found[-1][0])
        for number, found in columns.items()
    }


def test_a_column_keeps_its_ends_and_its_extremes(stored):
    seed, count = 11, 9000
    chance = random.Random(seed)
    print(f"{count} points, seed {seed}")
    store, history = stored
    points = {chance.randrange(-S, 9 * S): chance.choice((0, 1, 900, -900)) for _ in range(count)}
    for api in ("harbor_v2", "sensocan"):
        store.add(api, [("d", "c", time_us, value) for time_us, value in points.items()], 10 * S)
        for from_us, to_us in ((0, 8 * S), (-S, 9 * S), (-123_457, 7_654_321)):
            points_found, _, width_us = history.curve(api, "d", "c", from_us, to_us, 100)
            found = [point[:2] for point in points_found]
            assert found == sorted(found) and all(points[time] == value for time, value in found)
            begin_us, end_us = from_us // width_us * width_us, (to_us // width_us + 1) * width_us
            inside = [(time, v) for time, v in points.items() if begin_us <= time < end_us]
            assert kept(found, width_us) == kept(inside, width_us)
            assert max(map(len, groups(found, width_us))) <= 4
        whole = history.curve(api, "d", "c", -S, 9 * S, count)
        assert len(whole.points) == len(points) and whole.column_us == 0
        assert isinstance(whole.points[0], Point)


def groups(points, width_us):
    columns = {}
    for time_us, value in points:
        columns.setdefault(time_us // width_us, []).append(value)
    return columns.values()


def test_cached_columns_equal_a_fresh_reader_s(stored):
    seed, rounds = 5, 60
    chance = random.Random(seed)
    print(f"{rounds} rounds, seed {seed}")
    store, history = stored
    now_us = 0
    for step in range(rounds):
        now_us += chance.randrange(20) * S
        for _ in range(chance.randrange(4)):
            api = chance.choice(("harbor_v2", "sensocan"))
            begin_us = now_us - chance.choice((1, 50, 400)) * S
            stamps_us = [begin_us + chance.randrange(2 * S) for _ in range(30)]
            points = [("n", "t", time_us, chance.random()) for time_us in stamps_us]
            store.add(api, points, now_us)
        # A reader that is far behind reads everything again.
        (history.devices if step % 9 == 8 else history.news)()
        for span_us in (20 * S, 300 * S):
            for api in ("harbor_v2", "sensocan"):
                asked = (api, "n", "t", now_us - span_us, now_us, 10)
                fresh = History(store.path)
                assert history.curve(*asked) == fresh.curve(*asked), step
                fresh.close()


def columns_read(history, act):
    """Return the count of columns that a call reads from the file."""
    queries = []
    history._db.set_trace_callback(queries.append)
    act()
    history._db.set_trace_callback(None)
    begins = re.findall(r"json_each\('\[(.*?)\]'\)", " ".join(queries))
    return sum(len(text.split(",")) for text in begins)


def test_a_column_is_read_once(stored):
    store, history = stored
    store.add(PLACE[0], [("n", "t", second * S, second) for second in range(10_000)], 10_000 * S)
    history.news()

    def look(now_s=10_000, channel="t"):
        place = (*PLACE[:2], channel)
        return columns_read(
            history, lambda: history.curve(*place, (now_s - 9000) * S, now_s * S, 100)
        )

    assert look() > 800
    assert look() == 0
    store.add(PLACE[0], [("n", "t", 10_000 * S, 1), ("n", "t", 5000 * S + 1, 1)], 10_001 * S)
    store.add(PLACE[0], [("n", "u", second * S, second) for second in range(10_000)], 10_001 * S)
    history.news()
    assert look() == 2
    # Columns are 8.4 s wide.
    assert look(10_050) == 6
    for i in range(CURVES_MAX):
        history.curve("sensocan", f"{i}", "t", 0, S, -1)
    assert look(10_050) > 800


def add_a_day(store):
    """Store a day of readings each second, sent every minute, with LATE_S, CUTS_S and a spike."""
    uploads = {}
    for ago_s in range(86_400, 0, -1):
        if any(begin_s > ago_s > end_s for begin_s, end_s in CUTS_S):
            continue
        back_s = next((end_s for begin_s, end_s in LATE_S if begin_s >= ago_s > end_s), ago_s)
        value = SPIKE if ago_s == 7000 else ago_s % 7
        row = ("n", "t", END_US - ago_s * S, value)
        uploads.setdefault(back_s // 60 * 60, []).append(row)
    for sent_s, rows in uploads.items():
        store.add(PLACE[0], rows, END_US - sent_s * S)


@pytest.mark.parametrize("name", WINDOWS_S)
def test_outages_late_readings_and_spikes_survive_at_each_zoom(stored, name):
    store, history = stored
    add_a_day(store)
    from_us, to_us = window(END_US, END_US, WINDOWS_S[name] * S)
    curve = history.curve(*PLACE, from_us, to_us)
    found = series(curve, 60 * S)
    assert curve.spacing_us == S and 800 <= (to_us - from_us) / curve.column_us <= 1600
    begin_s = min(86_400, (END_US - from_us) // S)
    seen = [
        span for span in CUTS_S if begin_s > span[0] and span[0] - span[1] > curve.column_us / S
    ]
    assert found.gaps == [[END_US // 1000 - 1000 * edge for edge in span] for span in seen]
    assert all(lifts(found, gap) for gap in found.gaps)
    late_s = [END_US / S - ms / 1000 for ms, value in found.late if value is not None]
    for span in LATE_S:
        shaded = [ago_s for ago_s in late_s if span[0] + 60 >= ago_s >= span[1]]
        # The outage is shown except for a normal wait for an upload and a column at each end.
        shown_s = span[0] - span[1] - 95 - 2 * curve.column_us / S
        if begin_s > span[0] and shown_s > 0:
            assert max(shaded) - min(shaded) > shown_s
    assert begin_s < 7000 or SPIKE in [value for _, value in found.on_time]


def lifts(found, gap):
    """Return True if no stroke crosses a gap."""
    for line in (found.on_time, found.late):
        before = [value for ms, value in line if ms <= gap[0]]
        inside = [value for ms, value in line if gap[0] < ms < gap[1]]
        after = [value for ms, value in line if ms >= gap[1]]
        if before and after and before[-1] is not None and inside != [None]:
            return False
    return True


def test_an_old_burst_is_not_joined_to_the_present(stored):
    store, history = stored
    store.add(PLACE[0], [("n", "t", i * S // 10, i) for i in range(12_000)], 1200 * S)
    store.add(PLACE[0], [("n", "t", 20 * 86_400 * S, 0)], 20 * 86_400 * S)
    curve = history.curve(*PLACE, 0, 21 * 86_400 * S)
    assert curve.column_us and curve.spacing_us == S // 10
    assert series(curve, 60 * S).gaps == [[1_199_900, 20 * 86_400_000]]


def test_readings_that_are_stored_twice_have_a_spacing(stored):
    store, history = stored
    points = [("n", "t", second * S, 1) for second in range(3000)]
    store.add("sensocan", points + points, 3000 * S)
    assert history.curve("sensocan", "n", "t", 0, 3000 * S).spacing_us == S
