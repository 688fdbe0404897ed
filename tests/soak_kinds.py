"""The kinds of randomised tests that soak.py runs: each takes a seed and returns its counts.

A kind raises AssertionError, or another exception, at the first case that fails.
"""

import json
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

# The randomised tests are in several rooms.
sys.path.extend(map(str, Path(__file__).parent.glob("unit/*")))
sys.path.extend(map(str, Path(__file__).parent.glob("firmware/*")))
sys.path.extend(map(str, Path(__file__).parent.glob("host/*")))
sys.path.extend(str(Path(__file__).parent / room) for room in ("cuts", "fuzz"))

import conftest  # noqa: F401
import guided
import test_ctrl_c
import test_demo_person
import test_dns
import test_fifo
import test_http_fuzz
import test_http_oracle
import test_judge_fuzz
import test_judge_fuzz_here
import test_loader_cuts
import test_node
import test_queue
import test_queue_property
import test_sntp
from support.boards import cut_runs, dialects_run
from support.boards.life import live_through
from support.places import MICROPYTHON, ROOT
from support.server import server_fuzz
from support.year import faulty

# Seeds of rounds are further apart than the number of seeds in a round.
ROUND_STEP = 100
_LIFE_COUNT = 5
_QUEUE_COUNT = 12
_YEAR_COUNT = 6
# A round has a quarter of a million fuzz cases; each of its two sides takes about 15 s.
_ANSWER_COUNT = 8000
_JUDGED_COUNT = 50_000
_ORACLE_COUNT = 15_000
_PACKET_ROUNDS = 10
_GUIDED_COUNTS = {"answer": 15_000, "config": 50_000}
_GUIDED_S_MAX = 30
_PERSON_S = 15
_PROPERTY_COUNT = 50
_CUT_COUNT = 5000
_RING_CUT_COUNT = 10_000
_RESET_COUNT = 1250
_THINNING_CUT_COUNT = 2000
_REQUEST_COUNT = 20_000
# Virtual minutes, speed.
_DIALECTS = 3, 6
_FAST_HOURS, _FAST_OUTAGE_MIN = 1, 20
# Interruptions of the virtual board; each round uses the next entry.
_ENDS = (
    {"kills": 20, "cuts": 20, "sleeps": 20},
    {"kills": 30, "cuts": 30},
    {"writes": 30},
)
_BOARDS = ("virtual", "virtual_ring")
_ON_MICROPYTHON = """
import sys
sys.path[:0] = ["tests", "tests/unit/http", "tests/unit/uplinks", "lib"]
import test_http_fuzz, test_judge_fuzz, test_judge_fuzz_here
test_http_fuzz.check_well_formed({count}, {seed})
test_http_fuzz.check_illegal({count}, {seed} + 1)
test_http_fuzz.check_mutated({count}, {seed} + 2)
test_judge_fuzz.check_judging({count}, {seed} + 3)
test_judge_fuzz_here.check_judging({count}, {seed} + 4)
"""


def lives(seed):
    """Simulated nodes that crash and lose power."""
    found = [test_node.live(seed + i) for i in range(_LIFE_COUNT)]
    return {"lives": _LIFE_COUNT, "crashes": sum(crashes for crashes, _ in found)}


def years(seed):
    """Lives of eleven days on virtual time, with faults of all kinds."""
    names = random.Random(seed).choices([*faulty.NODES], k=_YEAR_COUNT)
    found = [faulty.live(name, seed + i)[1] for i, name in enumerate(names)]
    return {"cases": _YEAR_COUNT, "delivered": sum(each.delivered for each in found)}


def queues(seed):
    """The queue against a list."""
    for i in range(_QUEUE_COUNT):
        test_queue.check_rows(seed + i)
    return {"queues": _QUEUE_COUNT}


def queue_properties(seed):
    """The queue against a model, command by command, on both interpreters."""
    test_queue_property.check_properties(_PROPERTY_COUNT, seed)
    return {"examples": 2 * _PROPERTY_COUNT}


def power_cuts(seed):
    """Power cuts during every write of random lives."""
    return {"cases": cut_runs.cut("power", seed, _CUT_COUNT)}


def ring_cuts(seed):
    """Power cuts during every write of random rings."""
    return {"cases": cut_runs.cut_rings(seed, _RING_CUT_COUNT)}


def rtc_resets(seed):
    """Resets during every copy to RTC memory."""
    return {"resets": cut_runs.cut("rtc", seed, _RESET_COUNT)}


def slot_cuts(seed):
    """Power cuts during every write of deploys, of the loader and of proofs."""
    with TemporaryDirectory() as folder:
        return {"cases": test_loader_cuts.cut_all(Path(folder), seed)}


def thinning_cuts(seed):
    """Nodes whose flash is full, cut while they make room."""
    return {"cases": cut_runs.cut("thinning", seed, _THINNING_CUT_COUNT)}


def http_answers(seed):
    """Well-formed, illegal and mutilated HTTP answers, and how any answer is judged."""
    test_http_fuzz.check_well_formed(_ANSWER_COUNT, seed)
    test_http_fuzz.check_illegal(_ANSWER_COUNT, seed + 1)
    test_http_fuzz.check_mutated(_ANSWER_COUNT, seed + 2)
    test_judge_fuzz.check_judging(_JUDGED_COUNT, seed + 3)
    test_judge_fuzz_here.check_judging(_ANSWER_COUNT, seed + 4)
    return {"cases": 4 * _ANSWER_COUNT + _JUDGED_COUNT}


def against_h11(seed):
    """The HTTP reader against h11."""
    outcomes = test_http_oracle.check_against_h11(_ORACLE_COUNT, seed)
    return {"cases": _ORACLE_COUNT, "finished": outcomes["finished"]}


def packets(seed):
    """Mutilated DNS and SNTP packets."""
    random.seed(seed)
    for _ in range(_PACKET_ROUNDS):
        test_dns.test_random_packets_are_addresses_or_refused()
        test_sntp.test_random_packets_are_times_or_refused()
    return {"cases": _PACKET_ROUNDS * 5000}


def boards(seed):
    """A virtual board, with or without a ring, through crashes, power cuts and sleeps."""
    turn, kind = divmod(seed // ROUND_STEP, len(_ENDS))
    ends, name = _ENDS[kind], _BOARDS[turn % len(_BOARDS)]
    with TemporaryDirectory(prefix="wherry-soak-") as folder:
        counts = live_through(Path(folder), seed, **ends, board_name=name)
    return {name: counts[name] for name in (*ends, "rows", "delivered", "set_aside", "copies")}


def dialects(seed):
    """Two nodes with all dialects, under faults of every server."""
    return dialects_run.check(seed, *_DIALECTS)


def persons(seed):
    """A user who presses the demo's buttons at random."""
    counts = test_demo_person.press_at_random(seed, _PERSON_S)
    return {name: counts[name] for name in ("presses", "sampled", "delivered", "set_aside")}


def interrupts(seed):
    """Ctrl-C at any moment."""
    with TemporaryDirectory(prefix="wherry-soak-") as folder:
        return test_ctrl_c.interrupt_all(Path(folder), seed, 2)


def on_micropython(seed):
    """HTTP answers and their judging on MicroPython."""
    program = _ON_MICROPYTHON.format(count=_ANSWER_COUNT, seed=seed)
    command = [MICROPYTHON, "-X", "heapsize=32m", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {"cases": 5 * _ANSWER_COUNT}


def fast_sensors(seed):
    """A node with an LIS3DH at 10 Hz through crashes, and through an outage on MicroPython."""
    crashes, _ = test_fifo.live(seed)
    command = [MICROPYTHON, "-X", "heapsize=64m", "tests/support/node/fast_node.py"]
    command += [str(_FAST_HOURS), str(_FAST_OUTAGE_MIN), str(seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {"crashes": crashes, "samples": json.loads(done.stdout)["samples"]}


def guided_answers(seed):
    """HTTP answers and their judging, guided by coverage."""
    return guided.run("answer", seed, _GUIDED_COUNTS["answer"], _GUIDED_S_MAX)


def guided_configs(seed):
    """Configuration files, guided by coverage."""
    return guided.run("config", seed, _GUIDED_COUNTS["config"], _GUIDED_S_MAX)


def server_requests(seed):
    """Mutated requests to every dialect of a running server, and to its admin API."""
    statuses = server_fuzz.check(_REQUEST_COUNT, seed)
    return {"cases": _REQUEST_COUNT, "taken": statuses[200] + statuses[201] + statuses[202]}


# Two kinds run at a time, one from each line, because there are two processors.
SIDES = (
    (lives, queues, queue_properties, http_answers, against_h11, packets, guided_configs),
    (server_requests, on_micropython, guided_answers, fast_sensors, years),
)
# Kinds with real-time limits run alone.
CUTS = (power_cuts, ring_cuts, thinning_cuts, slot_cuts, rtc_resets)
ALONE = (boards, *CUTS, persons, interrupts, dialects)
KINDS = (*SIDES[0], *SIDES[1], *ALONE)
