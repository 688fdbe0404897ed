"""Curves of many points: omitted points are invisible, and cached columns are right."""

import random

import pytest
from support.server.page_store import open_store
from wherry_host.page.curve import series
from wherry_host.page.history import History, Point

S = 1_000_000
PLACE = ("harbor_v2", "n", "t")


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


def test_an_old_burst_is_not_joined_to_the_present(stored):
    store, history = stored
    store.add(PLACE[0], [("n", "t", i * S // 10, i) for i in range(12_000)], 1200 * S)
    store.add(PLACE[0], [("n", "t", 20 * 86_400 * S, 0)], 20 * 86_400 * S)
    curve = history.curve(*PLACE, 0, 21 * 86_400 * S)
    assert curve.column_us and curve.spacing_us == S // 10
    assert series(curve, 60 * S).gaps == [[1_199_900, 20 * 86_400_000]]
