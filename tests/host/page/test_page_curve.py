"""Lines of the page's charts: late points in a separate shade, gaps, joins, the time axis."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from wherry_host.page.curve import (
    COLUMNS_MIN,
    Curve,
    column_width_us,
    late_after_us,
    series,
    usual_spacing_us,
    window,
)

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
    ("one late point", late(5), [], [5], [], [5]),
    ("in order", prompt(1, 2, 3), [1, 2, 3], [], [], []),
    ("at one time", prompt(1, 2, 2, 3), [1, 2, 2, 3], [], [], []),
    ("a gap", prompt(1, 2, 3, 9, 10), [1, 2, 3, (None, 6), 9, 10], [], [], []),
    ("alone between gaps", prompt(1, 2, 8, 14, 15),
        [1, 2, (None, 5), 8, (None, 11), 14, 15], [], [8], []),
    ("late in the middle", prompt(1, 2, 5, 6) + late(3, 4),
        [1, 2, (None, 3), 5, 6], [2, 3, 4, 5, (None, 5)], [], []),
    ("late at the end", prompt(1, 2) + late(3), [1, 2, (None, 3)], [2, 3], [], []),
    ("late at the start", prompt(2, 3) + late(1), [2, 3], [1, 2, (None, 2)], [], []),
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


def test_the_usual_spacing_is_the_median_of_all_runs():
    assert usual_spacing_us([5, 5, 6, 8, 99]) == 2
    assert usual_spacing_us([1, 2], [50, 53], [90, 93]) == 3
    assert usual_spacing_us() == usual_spacing_us([4], [7, 7]) == 0


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
        (1000, 990, 902, 1002),
        (1000, 1200, 902, 1002),
        (1000, 902, 902, 1002),
        # An axis that ended now would be without points.
        (1000, 901, 803, 903),
        (1000, 500, 402, 502),
    ):
        newest_us = newest and newest * S
        assert window(now * S, newest_us, 100 * S) == (begin * S, end * S), (now, newest)


def test_a_window_begins_at_the_first_point_of_a_young_curve():
    for now, newest, span, first, begin, end in (
        # A curve of 18 minutes has the same axis for an hour, for a day and for all the time.
        (2080, 2080, 3600, 1000, 1000, 2101.6),
        (2080, 2080, 86_400, 1000, 1000, 2101.6),
        (2080, 2080, None, 1000, 1000, 2101.6),
        # The node has been silent since then, but the axis ends now.
        (2080, 1500, None, 1000, 1000, 2101.6),
        # The curve is as long as the window, a second longer, and shown completely.
        (1980, 1980, 1000, 1000, 1000, 2000),
        (1981, 1981, 1000, 1000, 1001, 2001),
        (1981, 1981, None, 1000, 1000, 2000.62),
        # An axis has at least a minute, even for an old file.
        (1010, 1010, 300, 1000, 950, 1011.2),
        (9010, 1010, 300, 1000, 950, 1011.2),
        (9010, 1100, 300, 1000, 1000, 1102),
    ):
        found = window(now * S, newest * S, span and span * S, first * S)
        assert found == (begin * S, round(end * S)), (now, newest, span)


def test_a_chart_has_enough_columns():
    for span_us in (1, 799, 800, 5_000, 60 * S, 300 * S, 3600 * S, 86_400 * S, 30 * 86_400 * S):
        width_us = column_width_us(7, 7 + span_us)
        assert width_us == 1 or COLUMNS_MIN <= span_us / width_us < 2 * COLUMNS_MIN, span_us
    assert column_width_us(5, 5) == 1


moments = st.integers(0, 400).map(lambda step: step * 500_000)
delays = st.sampled_from((0, S, 3 * S, 90 * S))
some_points = st.lists(st.tuples(moments, delays), max_size=40).map(
    lambda found: [(time, i, time + delay) for i, (time, delay) in enumerate(found)]
)


@settings(deadline=None, max_examples=300)
@given(some_points)
def test_each_point_is_once_in_the_line_of_its_shade(points):
    result = series(whole(points), S)
    limit_us = late_after_us(S, whole(points).spacing_us)
    for line, is_late in ((result.on_time, False), (result.late, True)):
        own = [p[1] for p in points if (p[2] - p[0] > limit_us) == is_late]
        foreign = {p[1] for p in points} - set(own)
        values = [value for _, value in line if value is not None]
        assert sorted(v for v in values if v not in foreign) == sorted(own)
        assert is_late or not foreign.intersection(values)
        assert [time for time, _ in line] == sorted(time for time, _ in line)


@settings(deadline=None, max_examples=300)
@given(some_points)
def test_strokes_lead_from_each_point_to_the_next_unless_there_is_a_gap(points):
    result = series(whole(points), S)
    ordered = [value for _, value, _ in sorted(points)]
    times = {value: time for time, value, _ in points}
    steps = sorted(b - a for a, b in pairwise(sorted(times.values())) if b > a)
    gap_us = 2.5 * steps[(len(steps) - 1) // 2] if steps else 0
    expected = [
        (a, b) for a, b in pairwise(ordered) if times[b] - times[a] <= gap_us or not gap_us
    ]
    strokes = [
        (a, b)
        for line in (result.on_time, result.late)
        for (_, a), (_, b) in pairwise(line)
        if a is not None and b is not None
    ]
    assert sorted(strokes) == sorted(expected)
    reached = {value for stroke in strokes for value in stroke}
    alone = {value for _, value in result.on_time_dots + result.late_dots}
    assert reached | alone == set(ordered)
