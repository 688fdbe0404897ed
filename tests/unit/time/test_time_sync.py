"""Time requests of a node: the deadline, the next request, the sources that must agree, a cut
while the RTC is being set.
"""

from support.node.check import raises
from support.node.chip import TRUE_AT_START
from support.stage.rtc_memory import Memory
from support.time.asked_chip import (
    DAY,
    DEADLINE,
    MINUTE,
    YEAR,
    AskedChip,
    error_of,
    known,
)  # fmt: skip
from wherry.ready import get_time as sync
from wherry.time.rtc import goes_on


def test_a_request_for_an_unknown_time_may_last_until_the_deadline():
    chip = AskedChip(None, 0)
    node = chip.boot()
    state = node.stage.state
    assert "no time" in str(raises(OSError, sync, node, DEADLINE))
    assert chip.asked == [DEADLINE] and state.sync_due == 0 and not chip.lines
    sync(node, DEADLINE)
    assert chip.asked == [DEADLINE] * 2 and state.synced == 1
    assert state.sync_due == node.ticks() + 10 * MINUTE
    assert chip.lines == ["time: known, was off by 0 ms"]


def test_a_known_time_is_requested_for_five_seconds_and_not_again_for_ten_minutes():
    chip = AskedChip(0, None, 30, None)
    node = chip.boot()
    state = node.stage.state
    sync(node, DEADLINE)
    for left_ms, asked_ms, reported in (
        (88_000, 5000, "no time from any server"),
        (5001, 5000, "time: known, was off by 30 ms"),
        (4999, 4999, "no time from any server"),
    ):
        chip.pass_ms(1)
        ticks = node.ticks()
        sync(node, ticks + left_ms)
        assert chip.asked.pop() == ticks + asked_ms and chip.lines[-1] == reported
        assert state.sync_due == ticks + 10 * MINUTE


FAR = 10 * MINUTE
# (servers, errors of the answers, errors of the Dates or None, error of the clock after them).
STEPS = (
    # A single source confirms itself only if another one is not configured.
    (1, (FAR, FAR), (), FAR), (1, (FAR, -FAR), (), 0), (1, (FAR, 5), (), 5),
    # The other server confirms the first, contradicts it, is silent, or denies the step.
    (2, (FAR, FAR), (), FAR), (2, (FAR, -FAR), (), 0), (2, (FAR, None), (), 0),
    (2, (FAR, 7), (), 7),
    # A Date does; it is rounded down to seconds, to which half of one is added.
    (1, (FAR,), (FAR,), FAR), (1, (FAR,), (-FAR,), 0), (1, (FAR,), (None,), 0),
    (1, (FAR,), (0,), 0),
    (2, (FAR, -FAR), (-FAR,), -FAR), (2, (FAR, -FAR), (FAR,), FAR), (2, (FAR, None), (FAR,), FAR),
)  # fmt: skip


def test_a_large_correction_needs_another_source():
    for servers, errors, dates, error_ms in STEPS:
        chip = known(*errors, hosts=("a.example", "b.example")[:servers], dates=dates)
        node = chip.node
        sync(node, DEADLINE)
        case = servers, errors, dates
        assert not chip.errors and not chip.dates, case
        assert abs(error_of(chip) - error_ms) <= (600 if dates else 0), (case, error_of(chip))


def test_two_answers_of_one_server_do_not_confirm_each_other():
    chip = known(FAR, None, FAR, None, FAR, FAR, hosts=("a.example", "b.example"))
    node = chip.node
    for _ in range(2):
        sync(node, DEADLINE)
    assert error_of(chip) == 0
    sync(node, DEADLINE)
    assert error_of(chip) == FAR


# (errors of the two servers' answers, errors of the Dates or None, error of the clock or None).
FIRSTS = (
    ((5, 8), (), 8), ((5, 8), (None,), 8), ((None,), (), None), ((5, FAR), (), None),
    ((5, FAR), (0,), 5), ((FAR, 5), (0,), 5), ((5, FAR), (-FAR,), None), ((5, FAR), ("",), None),
    ((5, None), (0,), 5), ((5, None), (None,), None), ((5, None), (), 5),
    # If only one server answers, the clock of the uplink's server may be less exact.
    ((5, None), (FAR,), None), ((5, None), (4 * MINUTE,), 5), ((5, None), ("",), 5),
    # A Date before the firmware's build or from a cache is like none.
    ((5, None), (-2 * DAY,), 5), ((5, None), ("age",), 5),
    # The certificate is not valid at the time of the first answer.
    ((5 * YEAR, 3), (0, 0), 3), ((3, 5 * YEAR), (0,), 3),
)  # fmt: skip


def test_the_first_time_of_a_boot_needs_another_source_if_there_are_several():
    for errors, dates, error_ms in FIRSTS:
        chip = AskedChip(*errors, hosts=("a.example", "b.example"), dates=dates)
        node = chip.boot()
        if error_ms is None:
            raises(OSError, sync, node, DEADLINE)
            assert not node.stage.state.synced
        else:
            sync(node, DEADLINE)
            assert error_of(chip) == error_ms, (errors, dates)
        # A Date is not requested if the servers agree.
        assert not chip.errors and len(chip.dates) == (errors == (5, 8) and len(dates))


def test_a_time_before_the_last_known_one_needs_another_source():
    chip = AskedChip(-FAR, None, -FAR, -FAR, hosts=("a.example", "b.example"), dates=[FAR])
    node = chip.boot()
    node.clock.anchors[0] = (0, chip.true_ms - MINUTE)
    raises(OSError, sync, node, DEADLINE)
    assert not node.stage.state.synced
    sync(node, DEADLINE)
    assert error_of(chip) == -FAR


def test_without_http_date_only_time_servers_are_asked():
    chip = AskedChip(*[None] * 9)
    node = chip.boot()
    for _ in range(9):
        raises(OSError, sync, node, DEADLINE)
    assert not chip.errors and chip.heads == []


def test_an_rtc_step_is_saved_as_pending_before_it_and_as_done_after_it():
    chip = AskedChip(0)
    chip.rtc_offset = TRUE_AT_START
    node = chip.boot()
    state = node.stage.state
    node.save()
    before = state.zero_ms
    sync(node, DEADLINE)
    ((content, was_ms, is_ms),) = chip.set_at
    shift = TRUE_AT_START
    assert is_ms - was_ms == shift == chip.true_ms - was_ms
    announced = Memory(content).stage(18, own_count=16).state
    assert (announced.pending_ms, announced.zero_ms) == (shift, before)
    assert announced.synced == 1 and announced.saved_ticks == 2000
    for rtc_ms in (was_ms + 300, is_ms + 300):
        state = Memory(content).stage(18, own_count=16).state
        assert goes_on(state, rtc_ms) and rtc_ms - state.zero_ms == 2300
    settled = chip.memory.stage(18, own_count=16).state
    assert (settled.pending_ms, settled.zero_ms) == (0, before + shift)
    assert node.ticks() == 2000 and settled.saved_ticks == 2000
