"""A row that leaves a full flash is dropped or thinned; otherwise it is lost."""

from support.account.judge_sources import ALL_COUNT, S_US, T0_US, Sources, balanced, objections

LOST = "lost: neither at the server nor in flash"


def test_a_row_that_left_a_full_flash_was_dropped():
    for fullness in (0.84, 0.3):
        sources = Sources()
        sources.forget_row(2, flash=False)
        sources.remove_row(2, T0_US + 6 * S_US, fullness=fullness)
        sources.said(delivered=ALL_COUNT - 3, dropped=3)
        if fullness > 0.5:
            balanced(sources, dropped=3, delivered=ALL_COUNT - 3)
        else:
            objections(sources, "temperature at", LOST)


def test_a_queue_at_its_bound_is_full():
    # Segments are full at 1250 bytes; seven quarters of that are 2187 bytes.
    for queue_size, is_full in ((7301, False), (7302, True)):
        sources = Sources()
        sources.typed["node"]["queue_size_max"] = 10_000
        sources.forget_row(2, flash=False)
        sources.remove_row(2, T0_US + 6 * S_US, queue_size=queue_size)
        sources.said(delivered=ALL_COUNT - 3, dropped=3)
        if is_full:
            balanced(sources, dropped=3)
        else:
            objections(sources, "temperature at", LOST)
    # The ledger must count it.
    sources.said(dropped=0)
    objections(sources, "harbor: the ledger says 0 dropped, the witnesses 3")


def test_rows_that_leave_at_two_moments_are_judged_separately():
    for sizes, lost in (((9000, 8000), None), ((9000, 100), 3), ((100, 8000), 2)):
        sources = Sources()
        sources.typed["node"]["queue_size_max"] = 10_000
        for row, later_s, size in ((2, 6, sizes[0]), (3, 8, sizes[1])):
            sources.forget_row(row, flash=False)
            sources.remove_row(row, T0_US + later_s * S_US, queue_size=size)
        sources.said(delivered=ALL_COUNT - 6, dropped=6)
        if lost is None:
            balanced(sources, dropped=6)
            continue
        account = objections(sources, f"temperature at 11:06:4{lost}", LOST)
        assert account.counts.dropped == 3


def test_a_row_that_left_a_thinned_segment_was_thinned():
    sources = Sources()
    sources.forget_row(2, flash=False)
    sources.remove_row(2, T0_US + 6 * S_US, fullness=0.84, thinned_rows=[(1, 4)])
    sources.said(delivered=ALL_COUNT - 3, thinned=3)
    balanced(sources, thinned=3)


def test_a_row_that_was_never_in_a_full_flash_is_lost():
    sources = Sources()
    sources.forget_row(2)
    sources.changes.append((T0_US, lambda flash: setattr(flash, "fullness", 0.84)))
    sources.said(delivered=ALL_COUNT - 3, dropped=3)
    objections(sources, "temperature at", LOST)
