"""Lines of the page's charts: the shade of late points, gaps, the time axis, a chosen span."""

import random

from wherry_host.page.chart import difference
from wherry_host.page.curve import (
    Curve,
    late_after_us,
    series,
    usual_spacing_us,
    window,
)
from wherry_host.page.zoom import SPAN_MIN_US, asked, bounded

S = 1_000_000


def prompt(*seconds):
    """Return points that arrived when they were taken, each with its second as its value."""
    return [(second * S, second, second * S) for second in seconds]


def late(*seconds, by=100):
    return [(second * S, second, (second + by) * S) for second in seconds]


def whole(points):
    """Return a Curve that leaves no point out."""
    points = sorted(points)
    return Curve(points, usual_spacing_us([point[0] for point in points]))


def drawn(*values):
    """Return a line through the seconds; (None, second) lifts the pen at a second."""
    return [[v[1] * 1000, None] if isinstance(v, tuple) else [v * 1000, v] for v in values]


CASES = (
    ("nothing", [], [], [], [], []),
    ("one point", prompt(5), [5], [], [5], []),
    ("in order", prompt(1, 2, 3), [1, 2, 3], [], [], []),
    ("a gap", prompt(1, 2, 3, 9, 10), [1, 2, 3, (None, 6), 9, 10], [], [], []),
    ("alone between gaps", prompt(1, 2, 8, 14, 15),
        [1, 2, (None, 5), 8, (None, 11), 14, 15], [], [8], []),
    ("late in the middle", prompt(1, 2, 5, 6) + late(3, 4),
        [1, 2, (None, 3), 5, 6], [2, 3, 4, 5, (None, 5)], [], []),
    ("late behind a gap", prompt(1, 2, 3, 4) + late(9, 10),
        [1, 2, 3, 4, (None, 6.5)], [9, 10], [], []),
    ("ordinary between late", prompt(0, 1, 3, 5, 6) + late(2, 4),
        [0, 1, (None, 2), 3, (None, 4), 5, 6], [1, 2, 3, (None, 3), 3, 4, 5, (None, 5)], [3], []),
)  # fmt: skip


def test_lines_of_each_case():
    for name, points, *expected in CASES:
        *found, _ = (list(line) for line in series(whole(points), S))
        assert found == [drawn(*values) for values in expected], name


def test_a_point_is_late_if_one_interval_does_not_explain_it():
    for interval_s, spacing_s, limit_s in (
        (10, 0.1, 17.1),
        (3600, 900, 6302),
        (60, 60, 152),
        # A channel sampled once a day does not wait longer for an upload than the others.
        (10, 86_400, 27),
        (86_400, 86_400, 216_002),
        (0.5, 0.1, 2.85),
    ):
        assert late_after_us(int(interval_s * S), int(spacing_s * S)) == limit_s * S, interval_s
    hourly = [(i * 900 * S, 0, -(-i // 4) * 3600 * S) for i in range(20)]
    assert not series(whole(hourly), 3600 * S).late
    # Ten hours of readings arrived together.
    outage = [(t, v, 43_200 * S if 7_200 * S < t < 43_200 * S else r) for t, v, r in hourly]
    assert len([v for _, v in series(whole(outage), 3600 * S).late if v is not None]) > 7


def test_without_a_known_interval_nothing_is_late():
    first_upload = whole((i * S, i, 7_200 * S) for i in range(7_200))
    assert not series(first_upload).late
    assert series(first_upload, 60 * S).late


def test_a_gap_of_a_reduced_curve_is_wider_than_a_column_and_than_the_spacing_allows():
    times_s = (0, 7, 8, 15, 16, 23, 60, 63)
    points = [(second * S, second, second * S) for second in times_s]
    for spacing_s, column_s, expected in (
        (1, 8, [[23, 60]]),
        (1, 2, [[0, 7], [8, 15], [16, 23], [23, 60], [60, 63]]),
        (3, 2, [[23, 60]]),
        (20, 8, []),
        (0, 8, [[23, 60]]),
    ):
        gaps = series(Curve(points, spacing_s * S, column_s * S), S).gaps
        assert gaps == [[1000 * a, 1000 * b] for a, b in expected], (spacing_s, column_s)


def test_a_window_ends_now_or_at_the_end_of_an_old_file():
    for now, newest, begin, end in (
        (1000, None, 902, 1002),
        (1000, 902, 902, 1002),
        # An axis that ended now would be without points.
        (1000, 901, 803, 903),
        (1000, 500, 402, 502),
    ):
        newest_us = newest and newest * S
        assert window(now * S, newest_us, 100 * S) == (begin * S, end * S), (now, newest)


def test_a_browser_requests_two_moments_in_order():
    assert asked([1.5, 20]) == (1500, 20_000)
    for wrong in (None, [1], [2, 1], ["1", 2], {"a": 1}, [1, float("inf")], [float("nan"), 2]):
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


SEED = 318
RUNS = 2000


def applied(before, change):
    """Return the browser's points after a change."""
    dropped, kept, added = change
    return before[dropped : dropped + kept] + added


def test_the_changes_of_a_curve_turn_its_old_points_into_the_new_ones():
    print(f"{RUNS} pairs of curves, seed {SEED}")
    rng = random.Random(SEED)
    for run in range(RUNS):
        whole = [[time_ms, rng.choice((None, 1.0, 2.0))] for time_ms in range(rng.randrange(12))]
        before = whole[rng.randrange(12) :]
        after = [item for item in whole if rng.random() < 0.9] + [[12, 3.0]]
        assert applied(before, difference(before, after)) == after, run
