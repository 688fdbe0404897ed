"""The error of a stamp that a computer's stall may cause."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from wherry_host.account.board_log import BoardLog
from wherry_host.account.evidence import Evidence
from wherry_host.account.processor import Look, ProcessorMeter, held_between
from wherry_host.account.stamps import StampBound
from wherry_host.clock import VirtualClock

_SCALE = 4


class Stalled:
    """Stalls that are known: half a second at the tenth second, 200 ms a second later."""

    def largest_us(self, begin_us, end_us):
        touched = [us for at_us, us in STALLS if begin_us <= at_us <= end_us]
        return max(touched, default=0)

    def longest_us(self, begin_us, end_us):
        return 0

    taken_us = longest_us


STALLS = ((10_000_000, 500_000), (11_000_000, 200_000), (11_010_000, 200_000))


def bound_of(syncs_us, speed=1):
    events = [{"event": "boot", "time_us": 0, "cause": 1, "prompt": False}]
    typed = {"node": {"stamps": "ms"}}
    evidence = Evidence(typed, [], [], events, None, [], syncs_us=syncs_us, speed=speed)
    evidence.standstill = Stalled()
    return StampBound(evidence, BoardLog(events))


def test_only_the_largest_stall_that_touches_a_sample_is_forgiven():
    bound = bound_of([5_000_000])
    assert not bound.is_exceeded(50, 10_000_000) and not bound.forgiven
    assert not bound.is_exceeded(550, 10_000_000) and bound.forgiven == {10_000_000}
    assert bound.is_exceeded(551, 10_000_000)
    # Two adjacent stalls are not added up.
    assert not bound.is_exceeded(250, 11_000_000) and bound.is_exceeded(251, 11_000_000)
    assert bound.is_exceeded(51, 12_000_000)

    # So is a stall during the exchange that dates the sample, which is the last one before it.
    assert not bound_of([10_090_000]).is_exceeded(550, 60_000_000)
    assert not bound_of([10_090_000]).is_exceeded(550, 3_000_000)
    assert bound_of([10_110_000]).is_exceeded(51, 60_000_000)
    assert bound_of([10_090_000, 50_000_000]).is_exceeded(51, 60_000_000)


def test_a_faster_clock_extends_50_ms():
    assert not bound_of([], speed=4).is_exceeded(200, 60_000_000)
    assert bound_of([], speed=4).is_exceeded(201, 60_000_000)


def test_a_stopped_process_knows_its_duration(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", _SCALE)
    program = (
        "import sys, time\n"
        "from wherry_host.clock import VirtualClock\n"
        "from wherry_host.account.stalls import StallMeter\n"
        "with StallMeter(VirtualClock(sys.argv[1])) as stalls:\n"
        "    print('metering', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    print(*(stalls.within(int(us), int(us)) for us in sys.stdin.readline().split()),\n"
        "          flush=True)\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", program, clock.path]
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == "metering\n"
        time.sleep(0.1)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        begin_us = clock.now_us()
        time.sleep(0.5)
        end_us = clock.now_us()
        os.kill(process.pid, signal.SIGCONT)
        time.sleep(1)
        far_us = end_us + 100_000_000_000
        process.stdin.write(f"\n{begin_us} {end_us} {far_us}\n")
        process.stdin.flush()
        at_begin, at_end, far = map(int, process.stdout.readline().split())
    assert at_begin == at_end >= end_us - begin_us and far == 0


@contextmanager
def metered(folder, program, scale=_SCALE):
    """Run a program on one processor; yield its process, a clock and the ProcessorMeter."""
    clock = VirtualClock.create(folder / "clock", scale)
    program = program.format(cpu=min(os.sched_getaffinity(0)))
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as process:
        try:
            board = SimpleNamespace(process_id=process.pid, clock=clock)
            with ProcessorMeter(board) as processor:
                yield process, clock, processor
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def lapse(clock, before_s, length_s, after_s):
    """Wait for three spans of host time; return the true Unix us around the second one."""
    time.sleep(before_s)
    begin_us = clock.now_us()
    time.sleep(length_s)
    end_us = clock.now_us()
    time.sleep(after_s)
    return begin_us, end_us


BUSY = "import os; os.sched_setaffinity(0, {{{cpu}}}); os.fork()\nwhile True: pass"


def test_a_process_that_shares_its_processor_waits_for_it(tmp_path):
    with metered(tmp_path, BUSY) as (_, clock, processor):
        begin_us, end_us = lapse(clock, 1, 2, 0.5)
    waited_us = processor.within(begin_us, end_us)
    # One of the two processes always waits, but each wait is short.
    assert waited_us > 0.8 * (end_us - begin_us)
    assert processor.board_within(begin_us, end_us) > 0.8 * (end_us - begin_us)
    # No single wait is long.
    assert 0 < processor.longest(begin_us, end_us) < waited_us / 4
    assert processor.within(begin_us, begin_us + 1_000_000) < waited_us
    # The board is always delayed.
    stall = processor.longest_stall(begin_us, end_us)
    assert stall.length_us > 0.8 * (end_us - begin_us) and stall.begin_us <= begin_us
    after_us = end_us + 10_000_000
    assert processor.within(after_us, after_us + 10_000_000) == 0
    assert processor.longest_stall(after_us, after_us + 1_000_000).length_us == 0


def test_running_code_is_a_stall_only_on_a_fast_clock(tmp_path):
    for scale in (1, _SCALE):
        folder = tmp_path / str(scale)
        folder.mkdir()
        with metered(folder, "while True: pass", scale) as (_, clock, processor):
            begin_us, end_us = lapse(clock, 0.5, 1, 0.3)
        waited_us = processor.board_within(begin_us, end_us)
        if scale == 1:
            # The stall is measured from a look before it to a look after it.
            stall_us = processor.longest_stall(begin_us, end_us).length_us
            assert stall_us < waited_us + 300_000
        else:
            # This computer may run nothing at all for a while, which splits a stall.
            ran_us = processor.ran_within(begin_us, end_us)
            assert processor.total_stall(begin_us, end_us).length_us > 0.8 * (ran_us + waited_us)


@pytest.mark.parametrize(("scale", "held_us"), [(1, 20_000), (3, 20_000), (4, 100_000)])
def test_between_two_looks_running_counts_from_speed_4_on(scale, held_us):
    zeros = dict.fromkeys(Look._fields, 0)
    looks = [
        Look(**zeros | {"time_us": 100_000 * i, "scale": scale, "board_waited_us": 20_000 * i,
                        "board_ran_us": 80_000 * i})
        for i in range(11)
    ]  # fmt: skip
    assert [us for *_, us in held_between(looks, False)] == [held_us] * 10


IDLE = "import time, os; os.sched_setaffinity(0, {{{cpu}}})\nwhile True: time.sleep(0.1)"


def test_the_stalls_of_a_board_that_is_stopped_twice_add_up(tmp_path):
    with metered(tmp_path, IDLE) as (process, clock, processor):
        spans_us = []
        for _ in range(2):
            begin_us = clock.now_us()
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.5)
            process.send_signal(signal.SIGCONT)
            spans_us.append((begin_us, clock.now_us()))
            time.sleep(0.5)
    total = processor.total_stall(spans_us[0][0], spans_us[1][1])
    each_us = [processor.longest_stall(*span_us).length_us for span_us in spans_us]
    assert total.length_us > 0.8 * sum(each_us) and min(each_us) > 300_000


def test_an_idle_board_is_delayed_only_while_it_is_stopped(tmp_path):
    with metered(tmp_path, IDLE) as (process, clock, processor):
        begin_us, middle_us = lapse(clock, 1, 1, 0)
        process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        process.send_signal(signal.SIGCONT)
        end_us = clock.now_us()
        time.sleep(0.3)
    # The board may have waited for this computer at any time, but not most of the time.
    stall = processor.longest_stall(middle_us, end_us)
    assert stall.length_us > 0.7 * (end_us - middle_us)
    assert processor.longest_stall(begin_us, middle_us - 500_000).length_us < stall.length_us
