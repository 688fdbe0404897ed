"""The changes of a curve sent to the browser turn its old points into the new ones."""

import random

from wherry_host.page.chart import difference

SEED = 318
RUNS = 2000


def applied(before, change):
    """Return the browser's points after a change."""
    dropped, kept, added = change
    return before[dropped : dropped + kept] + added


def test_only_changed_points_are_sent():
    old = [[1, 5.0], [2, 6.0], [3, None], [4, 7.0]]
    cases = (
        ([], [], (0, 0, [])),
        ([], old, (0, 0, old)),
        (old, [], (0, 0, [])),
        (old, old, (0, 4, [])),
        (old, [*old, [5, 8.0]], (0, 4, [[5, 8.0]])),
        (old, [*old[1:], [5, 8.0]], (1, 3, [[5, 8.0]])),
        (old, [[1, 5.0], [2, 6.5], [4, 7.0]], (0, 1, [[2, 6.5], [4, 7.0]])),
        (old, [[9, 1.0]], (4, 0, [[9, 1.0]])),
        (old, [[0, 4.0], *old], (0, 0, [[0, 4.0], *old])),
    )
    for before, after, change in cases:
        assert difference(before, after) == change, (before, after)
        assert applied(before, change) == after


def test_any_two_curves():
    print(f"{RUNS} pairs of curves, seed {SEED}")
    rng = random.Random(SEED)
    for run in range(RUNS):
        whole = [[time_ms, rng.choice((None, 1.0, 2.0))] for time_ms in range(rng.randrange(12))]
        before = whole[rng.randrange(12) :]
        after = [item for item in whole if rng.random() < 0.9] + [[12, 3.0]]
        assert applied(before, difference(before, after)) == after, run
