"""The two segments that are thinned, the rows that stay, and the uplinks that count."""

from support.queue.by_hand import head
from support.queue.damage import write_file
from support.queue.folders import fresh
from support.queue.grown import SIZE_MAX
from support.queue.reported import DAY_S, NOW_S, Upload
from support.queue.rows import ENV
from wherry import small_file
from wherry.queue import thinning
from wherry.queue.queue import Queue


def heads_only(steps, channels=ENV):
    """Return a queue of segments with these row steps, ten rows apart; 0 is a damaged segment."""
    root = fresh()
    small_file.make_folder(root + "/segments/0000000000")
    for i, step in enumerate(steps):
        own = ENV[:2] if step < 0 else channels
        octets = head(10 * i, 30 * i, own, 0, False, abs(step)) if step else b"\0\0"
        write_file("%s/segments/0000000000/%010x" % (root, 10 * i), octets)
    return Queue(root, ENV, False, SIZE_MAX)


def test_the_oldest_pair_with_the_same_step_and_schema_is_chosen():
    for steps, row, chosen in (
        ((1, 1, 1), 0, [0, 10, 20]), ((1, 1), 0, None), ((1,) * 6, 9, [0, 10, 20]),
        ((2, 1, 1, 1), 0, [10, 20, 30]), ((2, 2, 1, 1), 0, [0, 10, 20]), ((1, 2, 4, 1), 0, None),
        ((8, 8, 4, 4, 1), 0, [20, 30, 40]), ((8, 8, 8), 0, None), ((4, 4, 1), 0, [0, 10, 20]),
        ((0, 0, 1, 1, 1), 0, [20, 30, 40]), ((1, 0, 1, 1), 0, None),
        ((1, 1, 0, 1, 1, 1), 0, [30, 40, 50]),
        ((1, -1, -1, 1), 0, [10, 20, 30]), ((1, -1, 1, -1), 0, None),
        # If a live uplink waits past the first segment, its waiting rows are not thinned.
        ((2, 2, 1), 10, None), ((2, 2, 1), 9, [0, 10, 20]),
    ):  # fmt: skip
        queue = heads_only(steps)
        queue.uploads = [Upload(queue, row)]
        assert thinning.choose(queue, NOW_S) == chosen, (steps, row)


def test_an_uplink_that_has_been_refused_for_too_long_keeps_no_rows():
    for denied_s, settings, is_live in (
        (0, {}, True), (NOW_S - 30 * DAY_S, {}, True), (NOW_S - 30 * DAY_S - 1, {}, False),
        (NOW_S - 3 * DAY_S, {"hold_days": 3}, True),
        (NOW_S - 3 * DAY_S - 1, {"hold_days": 3}, False),
        (0, {"hold_days": 0}, False), (NOW_S, {"hold_days": 1}, True),
    ):  # fmt: skip
        queue = heads_only((1,) * 5)
        waiting, behind = Upload(queue, 15), Upload(queue, 0, denied_s, settings)
        queue.uploads = [waiting, behind]
        # If a live uplink waits for all rows, they are thinned. The other cursor is in the pair.
        chosen = [0, 10, 20] if is_live else None
        assert thinning.choose(queue, NOW_S) == chosen, (denied_s, settings)
        waiting.ledger.row = 20
        assert thinning.choose(queue, NOW_S) == [0, 10, 20]
        queue.uploads = [behind]
        assert thinning.choose(queue, NOW_S) == [0, 10, 20]
        behind.ledger.row = 10
        assert thinning.choose(queue, NOW_S) is None


def test_every_second_row_of_a_kind_and_the_first_stay():
    last = {}
    kinds = [i * 37 % 23 + 1 for i in range(400)]
    seen, counts = [], {}
    for mask in kinds:
        if mask not in seen and len(seen) < 16:
            seen.append(mask)
        kind = mask if mask in seen else 0
        if kind == 0 and len(seen) == 16 and 0 not in counts:
            counts[0] = 0
        counts[kind] = counts.get(kind, 0) + 1
        assert bool(thinning._stays(last, mask)) == bool(counts[kind] & 1), mask
