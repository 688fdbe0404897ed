"""The tool that plants faults: its mutants, the code it leaves unchanged, and its reports."""

import importlib.util
import sys

import pytest
from support.places import ROOT

MUTANTS = ROOT / "tests" / "mutants"


def module(name):
    """Return a module of tests/mutants/, whose names other modules have as well."""
    spec = importlib.util.spec_from_file_location(f"mutants_{name}", MUTANTS / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


mutants_of = module("operators").mutants_of
covering = module("covering")


def changes(source):
    """Return {(line, changed line)} of all mutants of a source."""
    found = mutants_of("x.py", source)
    assert all(mutant.planted(source) != source for mutant in found)
    return {(mutant.before, mutant.after) for mutant in found}


@pytest.mark.parametrize(("line", "becomes"), [
    ("x = a < b", {"x = a <= b"}),
    ("x = a >= b", {"x = a > b"}),
    ("x = a == b", {"x = a != b"}),
    ("x = a not in b", {"x = a in b"}),
    ("x = a + b", {"x = a - b"}),
    ("x -= b", {"x += b"}),
    ("x = a and b", {"x = a or b"}),
    ("x = not a", {"x = a"}),
    ("x = 1", {"x = 2", "x = 0"}),
    ("x = const(90_000)", {"x = const(180000)", "x = const(45000)"}),
    ("x = a if b else c", {"x = a if not (b) else c"}),
    ("file.flush()", {"pass"}),
    ("x = 'a < b' + a", set()),
    ("say('%d' % (n + 1))", set()),
    ("raise OSError(5)", {"pass"}),
    ("x: int", set()),
    ("import a", set()),
])  # fmt: skip
def test_each_kind_of_fault(line, becomes):
    assert changes(line) == {(line, after) for after in becomes}


def test_a_write_is_swapped_with_the_statement_before_it():
    source = '"""A docstring."""\ndef f():\n    ledger.row = end\n    ledger.save()\n    g()\n'
    assert changes(source) == {
        ("ledger.row = end ledger.save()", "ledger.save() ledger.row = end"),
        ("ledger.save()", "pass"),
    }


def test_return_values_change():
    source = "def f():\n    return True\ndef g():\n    return a\ndef h():\n    return\n"
    assert changes(source) == {("return True", "return False"), ("return a", "return None")}


@pytest.mark.parametrize("path", ["lib/wherry/queue/reader.py", "firmware/net/link.py"])
def test_every_mutant_of_a_file_is_a_different_program(path):
    source = (MUTANTS.parents[1] / path).read_text("utf-8")
    found = mutants_of(path, source)
    planted = {mutant.planted(source) for mutant in found}
    assert len(planted) == len(found) > 60 and source not in planted


def test_a_mutant_has_its_function_and_its_line():
    source = "class A:\n    def f(self):\n        return a < b\n"
    (found,) = [each for each in mutants_of("x.py", source) if "<=" in each.after]
    assert (found.function, found.line) == ("A.f", 3)


DRIVER = """from micropython import const
_DEPTH = const(32)
class Sensor:
    settling = 7
    def __init__(self):
        self._waiting = 0
    def read(self):
        rows = []
"""


@pytest.mark.parametrize(("before", "tests"), [
    # At the top of the module, in a class, and in a method.
    ("_DEPTH = const(32)", ["test_a", "test_b", "test_z"]),
    ("settling = 7", ["test_a", "test_b", "test_z"]),
    ("self._waiting = 0", ["test_a"]),
])  # fmt: skip
def test_all_tests_that_run_or_import_a_file_cover_its_import(
    before, tests, tmp_path, monkeypatch
):
    path = "lib/wherry/sensors/some.py"
    # A test may use only a table of a module that it imports.
    sources = {
        path: DRIVER,
        "tests/unit/node/test_text.py": "import os\n",
        "tests/unit/sensors/test_drivers.py": "from wherry.sensors import some\n",
    }
    for name, source in sources.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    monkeypatch.setattr(covering, "ROOT", tmp_path)
    # Two tests have imported the module, one in each of the two processes that measure.
    ran = {"_DEPTH = const(32)": "xy", "settling = 7": "xy", "self._waiting = 0": "a",
           "rows = []": "b"}  # fmt: skip
    found = {}
    for i, line in enumerate(DRIVER.splitlines()):
        found[str(i + 1)] = [f"test_text.test_{c}" for c in ran.get(line.strip(), "")]
    seconds = {f"test_text.test_{c}": i for i, c in enumerate("abxy")}
    seconds["test_drivers.test_z"] = 4
    cover = covering.Covering({"seconds": seconds, "lines": {path: found}})
    mutant = next(each for each in mutants_of(path, DRIVER) if each.before == before)
    assert [name for _, name, _ in cover.tests(mutant)] == tests
