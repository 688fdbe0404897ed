"""What a computer that stands still may do to a stamp, and nothing else."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

from processor import ProcessorMeter
from wherry_host.clock import VirtualClock
from wherry_host.stalls import StampBound

_SCALE = 4


class Stalled:
    """Stalls that are known: half a second from the tenth second on."""

    def around(self, true_us):
        return 500_000 if abs(true_us - 10_000_000) < 60_000_000 else 0


def test_only_what_was_stalled_is_forgiven():
    bound = StampBound(50, Stalled())
    assert not bound.is_exceeded(50, 10_000_000) and not bound.forgiven
    assert not bound.is_exceeded(550, 10_000_000) and bound.forgiven == {10_000_000}
    assert bound.is_exceeded(551, 10_000_000)
    assert bound.is_exceeded(51, 80_000_000)
    assert StampBound(50).is_exceeded(51, 10_000_000)
    assert bound.forgiven == {10_000_000}


def test_a_process_that_is_stopped_knows_for_how_long(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", _SCALE)
    program = (
        "import sys, time\n"
        "from wherry_host.clock import VirtualClock\n"
        "from wherry_host.stalls import StallMeter\n"
        "with StallMeter(VirtualClock(sys.argv[1])) as stalls:\n"
        "    print('metering', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    print(*(stalls.around(int(us)) for us in sys.stdin.readline().split()), flush=True)\n"
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


BUSY = "import os; os.sched_setaffinity(0, {{{cpu}}}); os.fork()\nwhile True: pass"


def test_a_process_that_shares_its_processor_waits_for_it(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock", _SCALE)
    program = BUSY.format(cpu=min(os.sched_getaffinity(0)))
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as process:
        try:
            board = SimpleNamespace(process_id=process.pid, clock=clock)
            with ProcessorMeter(board) as processor:
                time.sleep(1)
                begin_us = clock.now_us()
                time.sleep(2)
                end_us = clock.now_us()
                time.sleep(0.5)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    waited_us = processor.within(begin_us, end_us)
    # One of the two always waits.
    assert waited_us > 0.8 * (end_us - begin_us)
    assert processor.within(end_us + 10_000_000, end_us + 20_000_000) == 0
    assert processor.within(begin_us, begin_us + 1_000_000) < waited_us
