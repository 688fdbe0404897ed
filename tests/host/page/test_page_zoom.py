"""A selected span of time: its bounds, its neighbours and its gaps."""

import pytest
from support.server.page_store import open_store
from wherry_host.page.curve import Curve, series
from wherry_host.page.history import Point
from wherry_host.page.zoom import SPAN_MIN_US, asked, bounded, widened

S = 1_000_000
PLACE = ("harbor_v2", "n", "t")


def test_a_browser_requests_two_moments_in_order():
    assert asked([1.5, 20]) == (1500, 20_000)
    for wrong in (
        None, [], [1], [1, 2, 3], [2, 1], [1, 1], ["1", 2], "12", {"a": 1}, 5,
        [float("nan"), 2], [1, float("inf")], [None, None],
    ):  # fmt: skip
        assert asked(wrong) is None, wrong


def test_a_span_stays_within_the_data():
    for span, first, last, expected in (
        ((20, 30), 0, 100, (20, 30)),
        # A fiftieth is free at each end.
        ((-50, -40), 0, 100, (-2, 8)),
        ((95, 120), 0, 100, (77, 102)),
        ((-500, 500), 0, 100, (-2, 102)),
    ):
        found = bounded([each * S for each in span], first * S, last * S)
        assert found == tuple(each * S for each in expected), span
    from_us, to_us = bounded((50 * S, 50 * S + 3), 0, 100 * S)
    assert to_us - from_us == SPAN_MIN_US
    from_us, to_us = bounded((0, 5), 7 * S, 7 * S)
    assert from_us <= 7 * S <= to_us and to_us > from_us


def points(*seconds):
    return [Point(second * S, second, second * S) for second in seconds]


def drawn(curve):
    """Return the seconds of the ordinary line, None where the pen is lifted."""
    return [None if value is None else ms // 1000 for ms, value in series(curve).on_time]


def test_lines_lead_to_the_neighbours_and_gaps_stay_gaps():
    before, behind = points(7, 8, 9), points(30, 31, 32)
    for inside, expected in (
        # Each second, with a gap from 9 to 30.
        ((), [9, None, 30]),
        ((10, 11), [9, 10, 11, None, 30]),
        # A column of a reduced curve may also contain a neighbour.
        ((9, 10, 11), [8, 9, 10, 11, None, 30]),
    ):
        assert drawn(widened(Curve(points(*inside)), before, behind)) == expected, inside
    # With rare samples, one stroke crosses a span that has none.
    assert drawn(widened(Curve([]), points(0, 900), points(1800))) == [900, 1800]
    reduced = widened(Curve(points(10, 11), 5 * S, 2 * S), before, behind)
    assert (reduced.spacing_us, reduced.column_us) == (5 * S, 2 * S)


@pytest.mark.parametrize("api", ("harbor_v2", "sensocan"))
def test_the_points_around_a_span(tmp_path, api):
    with open_store(tmp_path) as (store, history):
        store.add(api, [("n", "t", second * S, second) for second in range(100)], 100 * S)
        store.add(api, [("n", "u", 50 * S, 0), ("m", "t", 50 * S, 0)], 100 * S)
        before, behind = history.around(api, "n", "t", 20 * S, 90 * S)
        assert [point.value for point in before] == list(range(11, 20))
        assert [point.value for point in behind] == list(range(91, 100))
        assert history.around(api, "n", "t", 0, 99 * S) == ([], [])
