"""On a busy computer the judge accuses no honest node, and clears no node that skips samples."""

import subprocess
import sys

import pytest
from support.account.demo_verdicts import check_accused, check_honest
from support.account.lies import Lie
from support.account.lying_nodes import HONEST, planted, started

BUSY_COUNT = 8
_SLOW = "        measuring = []\n"


def skipping(each):
    """Return the Lie of a node that skips one sample in `each`."""
    text = (
        "        self.turns = getattr(self, 'turns', 0) + 1\n"
        f"        if self.turns % {each} == 0:\n"
        "            self.rows = []\n"
        "            return begin\n"
    )
    return Lie(
        f"one sample in {each} is skipped", (), (("sampling/sampler.py", _SLOW, text + _SLOW),)
    )


LIES = {each: skipping(each) for each in (6, 12)}
OPTIONS = ("--seed", "7", "--seconds", "15", "--scale", "2")
_TIMEOUT_S = 600


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """Return {period of a skipped sample: (exit code, output) of a demo}.

    Once the demos have deployed their nodes, busy loops share this computer with them.
    """
    running = {}
    for each, lie in {0: HONEST, **LIES}.items():
        running[each] = started(planted(tmp_path_factory.mktemp("node"), lie), *OPTIONS)
    reported = {each: deployed(process) for each, process in running.items()}
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(BUSY_COUNT)]
    try:
        for each, process in running.items():
            reported[each] += process.communicate(timeout=_TIMEOUT_S)[0]
    finally:
        for process in [*busy, *running.values()]:
            process.kill()
            process.wait()
    return {each: (process.returncode, reported[each]) for each, process in running.items()}


def deployed(process):
    """Return the output of a demo up to the deploy of its node."""
    reported = ""
    for line in process.stdout:
        reported += line
        if "deployed through" in line:
            break
    return reported


def test_an_honest_node_is_not_accused(demos):
    check_honest(*demos[0])


@pytest.mark.parametrize("each", LIES)
def test_a_node_that_skips_samples_is_not_cleared(demos, each):
    # A skipped turn reads no sensor; a stall may excuse one sensor and not another.
    check_accused(*demos[each], (" at ", "sampled"))
