"""A life that fails is cut down to the least faults, and written as a test."""

import re
import subprocess
import sys

import pytest
from support.places import BIN, ROOT
from support.year import faulty, found
from support.year.faulty import check, faulty_node
from support.year.found import write
from support.year.planted import BUGS, planted
from support.year.shrink import Least, shrink, ways
from support.year.strategy import Case
from wherry_host.year.faults import fault
from wherry_host.year.faults.kinds import KINDS, Kind

SEED, DAYS = 1, 9
# Drawn at random; none of them shows one of the bugs.
OTHERS = (
    "dns_unknown@29714=34,busy@61208=71,channel@83120=12,line_stall@130555=88,lease@166083=40,"
    "ntp_kiss@190007=55,answer_cut@231846=23,bad_gateway@270911=66,drift@301222=81,"
    "dns_silent@352791=9,timed_out@398400=47,unavailable@440109=62"
)
#: {name of a bug: (kinds of its least faults, most lives)}.
LEAST = {
    "certificates are not verified": ({"certificate_other"}, 30),
    "a sensor that fails reads 0": ({"sensor_absent"}, 30),
    "the anchors are lost at a power-on": ({"port_closed", "power_cut"}, 50),
}
BUG = {bug.name: bug for bug in BUGS}
CERTIFICATES = BUG["certificates are not verified"]
# pytest reads this file before the test in its folder.
_CONFTEST = f"""
from pathlib import Path

from support.year import faulty
from support.year.planted import BUGS, planted

NODE_OF = faulty.faulty_node
BUG = next(bug for bug in BUGS if bug.name == {CERTIFICATES.name!r})
faulty.faulty_node = lambda name: planted(NODE_OF(name), BUG, Path(__file__).parent)
"""


def mixed(text):
    """Return a Case of some faults among the others."""
    return Case(DAYS, tuple(fault.read(f"{text},{OTHERS}", SEED, DAYS)))


@pytest.mark.parametrize("name", LEAST)
def test_the_least_faults_are_found_and_the_same_again(name, tmp_path):
    bug, (kinds, life_count_max) = BUG[name], LEAST[name]
    node, case = planted(faulty_node(bug.node), bug, tmp_path), mixed(bug.faults)
    first, second = (shrink(node, SEED, case, seconds=1000) for _ in range(2))
    assert first == second and first.life_count <= life_count_max
    assert {each.kind for each in first.case.faults} == kinds
    assert len(first.case.faults) == len(kinds) and first.case.days < DAYS
    assert any(re.search(bug.problem, each) for each in first.problems)


def test_the_least_so_far_is_returned_at_the_end(tmp_path):
    node, case = planted(faulty_node("plain"), CERTIFICATES, tmp_path), mixed(CERTIFICATES.faults)
    least = shrink(node, SEED, case, seconds=0)
    assert least.case == case and least.life_count == 1 and least.problems
    least = shrink(node, SEED, case, seconds=1000, life_count_max=4)
    assert least.life_count == 4 and least.problems
    assert "certificate_other" in {each.kind for each in least.case.faults}


def test_a_life_without_a_problem_cannot_be_cut_down():
    with pytest.raises(ValueError, match="--days 2 --faults 'button@9000=5': no problem"):
        shrink(faulty_node("plain"), SEED, Case(2, tuple(fault.read("button@9000=5", SEED, 2))))


def test_an_error_of_the_world_is_a_failure(monkeypatch):
    monkeypatch.setitem(KINDS, "button", Kind(lambda life, fault: fault.missing))
    least = shrink(faulty_node("plain"), SEED, mixed("button@50000=33"), seconds=1000)
    assert [str(each) for each in least.case.faults] == ["button@0=0"]
    assert "WorldError" in least.problems[0] and "missing" in least.problems[0]


def test_ways_are_problems_without_numbers():
    assert ways(["temperature of 17, 2.81, is lost"]) == {"temperature of N, N, is lost"}
    assert ways(["WorldError: at 3: x", "WorldError: y\nz"]) == {"WorldError"}


def run(path):
    """Run a written test; return (exit code, output)."""
    command = [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.returncode, done.stdout


def judge_style(path):
    """Assert that ruff accepts a file."""
    for words in (("check",), ("format", "--check")):
        command = [BIN / "ruff", *words, "--no-cache", "--config", ROOT / "pyproject.toml", path]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_failing_life_becomes_a_test_that_fails_with_the_bug_only(tmp_path, monkeypatch):
    node, case = planted(faulty_node("plain"), CERTIFICATES, tmp_path), mixed(CERTIFICATES.faults)
    monkeypatch.setattr(faulty, "faulty_node", lambda name: node)
    monkeypatch.setattr(found, "FOUND", tmp_path)
    with pytest.raises(AssertionError) as caught:
        check("plain", SEED, case)
    (path,) = tmp_path.glob("test_year_found_*.py")
    text = str(caught.value)
    assert re.search(CERTIFICATES.problem, text) and str(path) in text and str(case) in text
    assert re.search(r"least faults: --days 3 --faults 'certificate_other@\d+=\d+'\n", text)
    judge_style(path)
    code, output = run(path)
    assert code == 0 and "1 passed" in output, output
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    code, output = run(path)
    assert code == 1 and "without a valid certificate" in output, output


@pytest.mark.parametrize("text", ["", "button@5=100", OTHERS])
def test_a_written_test_is_well_formed(text, tmp_path):
    faults = tuple(fault.read(text, SEED, DAYS)) if text else ()
    problem = 'the program failed at 3: OSError: "a\\b" – ' + "no such name, " * 20
    path = write(tmp_path, "stage", SEED, Least(Case(DAYS, faults), [problem], 1))
    judge_style(path)
    content = path.read_text()
    assert content.count("@") == len(faults) and "OSError: 'a/b' ? no such name" in content
