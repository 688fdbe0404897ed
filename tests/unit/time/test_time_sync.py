"""Time requests of a node: the deadline, the next request, a cut while the RTC is being set."""

from support.node.check import raises
from support.node.chip import TRUE_AT_START, Chip
from support.stage.rtc_memory import Memory
from wherry.time.setting import goes_on
from wherry.time.sync import sync

MINUTE, HOUR = 60_000, 3_600_000
DEADLINE = 90_000


class AskedChip(Chip):
    """A chip whose time server's answers have these `errors` in ms; None means no answer.

    `asked` has the deadline of each request in ticks, and `set_at` has RTC memory as it was when
    the RTC was set.
    """

    def __init__(self, *errors):
        super().__init__()
        self.errors = list(errors)
        self.asked = []
        self.set_at = []

    def network_time(self, deadline_ms):
        self.asked.append(deadline_ms - self.node.stage.state.zero_ms)
        error = self.errors.pop(0)
        if error is None:
            raise OSError("no time from any server")
        return self.rtc_ms(), self.true_ms + error

    def set_rtc(self, ms):
        self.set_at.append((bytes(self.memory.content), self.rtc_ms(), ms))
        super().set_rtc(ms)

    def boot(self):
        self.node = super().boot()
        self.pass_ms(2000)
        return self.node


def test_a_request_for_an_unknown_time_may_last_until_the_deadline():
    chip = AskedChip(None, 0)
    node = chip.boot()
    state = node.stage.state
    assert "no time" in str(raises(OSError, sync, node, DEADLINE))
    assert chip.asked == [DEADLINE] and state.sync_due == 0 and not chip.lines
    sync(node, DEADLINE)
    assert chip.asked == [DEADLINE] * 2 and state.synced == 1
    assert state.sync_due == node.ticks() + HOUR
    assert chip.lines == ["time: known, was off by 0 ms"]


def test_a_known_time_is_requested_for_five_seconds_and_again_in_ten_minutes():
    chip = AskedChip(0, None, 30, None)
    node = chip.boot()
    state = node.stage.state
    sync(node, DEADLINE)
    for left_ms, asked_ms, due, reported in (
        (88_000, 5000, 10 * MINUTE, "no time from any server"),
        (5001, 5000, HOUR, "time: known, was off by 30 ms"),
        (4999, 4999, 10 * MINUTE, "no time from any server"),
    ):
        chip.pass_ms(1)
        ticks = node.ticks()
        sync(node, ticks + left_ms)
        assert chip.asked.pop() == ticks + asked_ms and chip.lines[-1] == reported
        assert state.sync_due == ticks + due


def test_after_an_answer_that_is_far_off_the_time_is_requested_once_more():
    far = 10 * MINUTE
    for errors, is_taken in (((far, far), True), ((far, -far), False), ((far, 5), True)):
        chip = AskedChip(0, *errors)
        node = chip.boot()
        state = node.stage.state
        sync(node, DEADLINE)
        state.sync_due, state.clock_error_ms = 77, 1
        sync(node, DEADLINE)
        assert len(chip.asked) == 3 and not chip.errors
        true_ms = node.clock.true_ms(node.ticks()) - chip.true_ms
        if is_taken:
            assert true_ms == errors[1] == state.clock_error_ms
            assert state.sync_due == node.ticks() + HOUR
        else:
            # The next upload requests the time again.
            assert (true_ms, state.clock_error_ms, state.sync_due) == (0, 1, 77)


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
