"""The bench's own judgement: bounds that are met or missed, and wakes read from events."""

import json
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import chip_wakes
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


@pytest.mark.parametrize("order", [("heap", "page"), ("page", "heap")])
def test_a_failure_takes_precedence_over_a_missing_program(order):
    parts = {"heap": TypeError("4 arguments"), "page": MissingError("Chromium")}
    assert measure(parts, "--quick", *order) == 1


def test_an_unknown_part_is_refused_and_nothing_is_written(earlier, capsys):
    assert measure({"size": ROWS}, "--quick", "size", "sizes") == 2
    assert "no part sizes; there are size, demo" in capsys.readouterr().out
    assert read("bench.json") == earlier and not Path("build/bench_quick.json").exists()


def test_without_a_name_every_part_runs():
    parts = {name: {name: ROWS["kept"]} for name in bench.PARTS}
    assert measure(parts, "--quick") == 0
    assert set(read("bench_quick.json")) == set(bench.PARTS)


def test_the_quick_form_of_a_real_part():
    assert bench.main(["--quick", "size"]) == 0
    assert read("bench_quick.json")["mpy_bytes"]["value"] > 50_000


def step(what, name, reads):
    flash = {"reads": reads, "read_bytes": 100 * reads, "erases": 0}
    return {"event": "step", "what": what, "name": name, "flash": flash}


WAKE = [
    {"event": "boot", "cause": 4},
    step("mount", "", 10),
    step("open", "main.py", 12),
    step("import", "app", 20),
    step("import", "wherry", 22),
    step("imported", "wherry", 30),
    step("imported", "app", 35),
    step("open", "/a/config.json", 35),
    step("import", "chip", 40),
    step("imported", "chip", 45),
    step("open", "/data/rows/open", 47),
    step("i2c", "", 50),
    step("import", "late", 53),
    step("imported", "late", 56),
    step("did", "close /data/rows/open", 60),
    {"event": "line", "text": "1.0 row 3: 3 readings", "flash": {}},
    step("size", "500 /a/app.mpy", 90),
    step("size", "300 /a/chip.mpy", 91),
    {"event": "sleep", "flash": {"reads": 80, "read_bytes": 8000, "erases": 1}},
]


def test_a_wake_is_measured_until_its_row_is_durable():
    cut_short = [{"event": "boot", "cause": 4}, step("mount", "", 10), {"event": "cut"}]
    by_hand = [{"event": "boot", "cause": 1}, *WAKE[1:]]
    [wake] = chip_wakes.wakes_of(by_hand + WAKE + cut_short)
    assert (wake.reads, wake.read_size, wake.erases) == (60, 6000, 0)
    assert (wake.whole_reads, wake.delivered) == (80, False)
    assert sorted(wake.modules.values()) == [300, 500]
    steps = {name: reads for name, (reads, _) in chip_wakes.steps_of(wake).items()}
    # Between 35 and 40 the configuration is read, and so is everything after the import of `chip`.
    assert steps == {
        "mount": 10,
        "loader": 10,
        "modules": 23,
        "settings": 7,
        "queue": 3,
        "row": 7,
    }
    assert sum(steps.values()) == wake.reads
    assert chip_wakes.flash_ms(1000, 100_000) == pytest.approx(85)
