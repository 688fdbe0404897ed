"""The processor time of a node-year on virtual time, its violations, and bugs that are found."""

import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from wherry_host.config import config_file
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
from wherry_host.year.site import Site
from wherry_host.year.world.clock import DAY_US

from bench.rows import row

_TESTS = str(Path(__file__).parents[1] / "tests")
_DAY_S = 86_400
_YEAR_DAYS = 365
# The days of a life with faults.
_LIFE_DAYS = 11


def measure(quick):
    """Return {key: row} for the bench's table."""
    node = Node(config_file.load(USUAL_CONFIG, None, USUAL_BOARD))
    days = 4 if quick else _YEAR_DAYS
    begin_s = time.process_time()
    violations = _violations(node, 1, days)
    year_s = (time.process_time() - begin_s) * _YEAR_DAYS / days
    count = 2 if quick else 30
    for seed in range(count):
        faults = fault.draw(seed, _LIFE_DAYS)
        violations += _violations(node, seed, _LIFE_DAYS, faults)
    bugs_s, missed = _bugs(3 if quick else None)
    return {
        "year_cpython_cpu_s": row(round(year_s, 1), "s", must=8, goal=4),
        "years_per_core_day_cpython": row(
            round(_DAY_S / year_s), "years", must=10_000, goal=20_000, better="higher"
        ),
        "year_fault_lives": row(count, "lives", better="higher"),
        "year_violations": row(violations, "violations", must=0),
        "year_bugs_s": row(round(bugs_s, 1), "s", must=90, goal=30),
        "year_bugs_missed": row(missed, "bugs", must=0),
    }


def _bugs(count_max):
    """Return the processor time in s of lives with planted bugs, and the number not found."""
    if _TESTS not in sys.path:
        sys.path.insert(1, _TESTS)
    from support.year.faulty import faulty_node
    from support.year.planted import BUGS, planted, problems

    total_s, missed = 0, 0
    for bug in BUGS[:count_max]:
        with TemporaryDirectory() as folder:
            node = planted(faulty_node(bug.node), bug, Path(folder))
            begin_s = time.process_time()
            found = problems(node, bug)
            total_s += time.process_time() - begin_s
        missed += not any(re.search(bug.problem, each) for each in found)
    return total_s, missed


def _violations(node, seed, days, faults=()):
    life = Life(Site(node, seed))
    life.run(BEGIN_US + days * DAY_US, faults=faults)
    return tally(life).violations
