"""The processor time of a node-year on virtual time with both engines, the differences of the
engines, violations, and bugs that are found."""

import re
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from wherry_host.config import config_file
from wherry_host.year.cpython.machine import Machine
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
from wherry_host.year.outcome import fields
from wherry_host.year.site import Site
from wherry_host.year.vm.machine import Machine as Fresh
from wherry_host.year.world.clock import DAY_US

from bench.rows import row

_TESTS = str(Path(__file__).parents[1] / "tests")
_DAY_S = 86_400
_YEAR_DAYS = 365
# A fifth of a year: a year of the engine `vm` would take most of the bench's time.
_FRESH_DAYS = 73
# The days of a life with faults, and the number of these lives with both engines.
_LIFE_DAYS = 11
_FRESH_COUNT = 6


def measure(quick):
    """Return {key: row} for the bench's table."""
    node = Node(config_file.load(USUAL_CONFIG, None, USUAL_BOARD))
    rows, plain_count = _years(node, (4, 2) if quick else (_YEAR_DAYS, _FRESH_DAYS))
    more, faulty_count = _lives(node, 2 if quick else 30)
    bugs_s, missed = _bugs(3 if quick else None)
    return {
        **rows,
        **more,
        "year_violations": row(plain_count + faulty_count, "violations", must=0),
        "year_bugs_s": row(round(bugs_s, 1), "s", must=90, goal=30),
        "year_bugs_missed": row(missed, "bugs", must=0),
    }


def _years(node, spans):
    """Return the rows of lives without faults, of some days with each engine, and violations."""
    days, fresh_days = spans
    year, plain_s, _ = _timed(node, Machine, days)
    fresh, fresh_s, wall_s = _timed(node, Fresh, fresh_days)
    same = year if days == fresh_days else _judged(node, Machine, 1, fresh_days)
    a_year = row(round(plain_s * _YEAR_DAYS / days, 1), "s", must=8, goal=4)
    share = _YEAR_DAYS / fresh_days
    plain_years, fresh_years = (_DAY_S / each for each in (a_year["value"], fresh_s * share))
    rows = {
        "year_cpython_cpu_s": a_year,
        "years_per_core_day_cpython": row(
            round(plain_years), "years", must=10_000, goal=20_000, better="higher"
        ),
        "year_vm_cpu_s": row(round(fresh_s * share, 1), "s", must=120, goal=25),
        "year_vm_s": row(round(wall_s * share, 1), "s", must=120, goal=30),
        "years_per_core_day_vm": row(
            round(fresh_years), "years", must=720, goal=3_400, better="higher"
        ),
        "engines_differ": row(_differences(same, fresh), "values", must=0),
    }
    return rows, year[1].violations + fresh[1].violations


def _lives(node, count):
    """Return the rows of lives with faults, the first six with both engines, and violations."""
    differences = violations = 0
    for seed in range(count):
        faults = fault.draw(seed, _LIFE_DAYS)
        plain = _judged(node, Machine, seed, _LIFE_DAYS, faults)
        violations += plain[1].violations
        if seed < _FRESH_COUNT:
            fresh = _judged(node, Fresh, seed, _LIFE_DAYS, faults)
            violations += fresh[1].violations
            differences += _differences(plain, fresh)
    rows = {
        "engines_differ_faults": row(differences, "values", goal=0),
        "year_fault_lives": row(count, "lives", better="higher"),
    }
    return rows, violations


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


def _timed(node, machine, days):
    """Return a judged life, its processor time in s, and its wall time in s."""
    begin_s, wall_s = _processor_s(), time.monotonic()
    judged = _judged(node, machine, 1, days)
    return judged, _processor_s() - begin_s, time.monotonic() - wall_s


def _processor_s():
    """Return the processor time of this process and of those that it has waited for."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _judged(node, machine, seed, days, faults=()):
    """Return (Life, its Tally)."""
    life = Life(Site(node, seed), machine)
    life.run(BEGIN_US + days * DAY_US, faults=faults)
    return life, tally(life)


def _differences(first, second):
    """Return in how many counts, and in whether points at the servers, two judged lives differ."""
    one, other = (fields(life, judged, ()) for life, judged in (first, second))
    count = sum(one[name] != other[name] for name in one)
    return count + (first[0].site.store.points != second[0].site.store.points)
