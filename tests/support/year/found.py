"""The test file of a life that failed, and the text of its failure."""

from functools import cache
from hashlib import sha256
from textwrap import fill

from support.places import ROOT
from support.year.shrink import shrink

FOUND = ROOT / "build" / "found"
_WIDTH = 99
_TEXT = '''"""A life of the node `{name}` that failed; in tests/host/year, this file is a test.

{problem}
"""

from support.year.faulty import faulty_node
from support.year.lives import lived
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally

NODE, DAYS, SEED = "{name}", {case.days}, {seed}
FAULTS = [{faults}]


def test_a_life_that_failed_has_no_problem():
    node = faulty_node(NODE)
    count = len(node.typed["uplink"])
    faults = [each for text in FAULTS for each in fault.read(text, SEED, DAYS, count)]
    life = lived(node, DAYS, SEED, faults=faults)
    assert tally(life).problems == []
'''


def write(folder, name, seed, least):
    """Write the test of a Least of a node of faulty.py; return its path."""
    faults = "".join(f'\n    "{each}",' for each in least.case.faults)
    text = _TEXT.format(
        name=name,
        problem=_plain(least.problems[0]),
        case=least.case,
        seed=seed,
        faults=faults and faults + "\n",
    )
    path = folder / f"test_year_found_{sha256(text.encode()).hexdigest()[:8]}.py"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def _plain(problem):
    """Return a problem as lines of a docstring."""
    text = problem.encode("ascii", "replace").decode().replace("\\", "/").replace('"', "'")
    return fill(text, _WIDTH, break_on_hyphens=False)


# Hypothesis repeats a failing example before it reports it.
@cache
def failure(node, name, seed, case):
    """Cut down a Case that fails, write its test file, and return the text of the failure."""
    least = shrink(node, seed, case)
    path = write(FOUND, name, seed, least)
    return (
        f"node {name}, seed {seed}: {least.problems[0]}\n"
        f"least faults: {least.case}\n"
        f"test file: {path}\n"
        f"all faults: {case}"
    )
