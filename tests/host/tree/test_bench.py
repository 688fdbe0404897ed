"""The bench's own judgement: bounds that are met or missed, and wakes read from events."""

import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.missing import MissingError

ROWS = {
    "kept": {"value": 2, "unit": "", "must": 2, "goal": 1, "better": "lower"},
    "stated": {"value": 7, "unit": "", "goal": None, "better": "lower"},
    "short_of_its_goal": {"value": 5, "unit": "", "must": None, "goal": 9, "better": "higher"},
}
MISSED = {
    "too_much": {"value": 3, "unit": "", "must": 2, "goal": 1, "better": "lower"},
    "too_little": {"value": 3, "unit": "", "must": 4, "goal": 5, "better": "higher"},
    "failed": {"value": None, "unit": "s", "must": 4, "goal": 5, "better": "lower"},
}


WORSE = {"too_much": MISSED["too_much"], "too_little": MISSED["too_little"]}


def measure(parts, *arguments):
    """Run the bench in the current folder; each part returns its rows or raises its exception."""

    def load(name):
        def measured(quick):
            assert quick == ("--quick" in arguments)
            if isinstance(parts[name], Exception):
                raise parts[name]
            return parts[name]

        return measured

    return bench.main(arguments, load)


@pytest.fixture(autouse=True)
def earlier(tmp_path, monkeypatch):
    """Change into a folder with a figure of an earlier run; return it."""
    monkeypatch.chdir(tmp_path)
    rows = {"older": MISSED["failed"]}
    Path("build").mkdir()
    Path("build/bench.json").write_text(json.dumps(rows))
    return rows


def read(name):
    return json.loads(Path("build", name).read_text())


@pytest.mark.parametrize(("rows", "status"), [(ROWS, 0), ({**ROWS, **MISSED}, 1)])
def test_a_missed_must_fails_and_a_missed_goal_does_not(rows, status, earlier, capsys):
    assert measure({"size": rows}, "size") == status
    printed = capsys.readouterr().out
    # Only a part that is measured now is judged.
    last = "bench: missed: failed, too_little, too_much\n" if status else ""
    assert printed.endswith(last) and ("bench: missed" in printed) == bool(status)
    assert read("bench.json") == {**earlier, **rows}
    if status:
        assert "fails" in printed and "≤ 2 missed" in printed and "≥ 4 missed" in printed


def test_the_quick_form_applies_no_bounds_and_keeps_the_figures(earlier, capsys):
    assert measure({"size": {**ROWS, **WORSE}}, "--quick", "size") == 0
    printed = capsys.readouterr().out
    assert "too_much" in printed and "missed" not in printed and "must" not in printed
    assert read("bench.json") == earlier
    assert read("bench_quick.json") == {**ROWS, **WORSE}


def test_the_quick_form_fails_without_a_value(capsys):
    assert measure({"size": {**ROWS, **MISSED}}, "--quick", "size") == 1
    assert capsys.readouterr().out.endswith("bench: no value: failed\n")


@pytest.mark.parametrize("form", [(), ("--quick",)])
@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (MissingError("valgrind"), 2, "bench: heap is left out: valgrind\n"),
        (FileNotFoundError("bench/device/gone.py"), 1, "bench: heap fails:\nTraceback"),
    ],
)
def test_a_part_that_raises_keeps_the_other_figures(form, error, status, text, capsys):
    assert measure({"heap": error, "size": ROWS}, *form, "heap", "size") == status
    assert text in capsys.readouterr().out
    assert ROWS.items() <= read("bench_quick.json" if form else "bench.json").items()


def test_an_unknown_part_is_refused_and_nothing_is_written(earlier, capsys):
    assert measure({"size": ROWS}, "--quick", "size", "sizes") == 2
    assert "no part sizes; there are size, demo" in capsys.readouterr().out
    assert read("bench.json") == earlier and not Path("build/bench_quick.json").exists()


def test_the_quick_form_of_a_real_part():
    assert bench.main(["--quick", "size"]) == 0
    assert read("bench_quick.json")["mpy_bytes"]["value"] > 50_000
