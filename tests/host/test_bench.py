"""The bench's own judgement: bounds that are kept or missed, and wakes read out of events."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench import __main__ as bench
from bench import chip_wakes

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


@pytest.mark.parametrize(("rows", "status"), [(ROWS, 0), ({**ROWS, **MISSED}, 1)])
def test_a_missed_must_is_told_and_a_missed_goal_is_none(
    rows, status, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    # Only a part that is measured now is judged.
    Path("build").mkdir()
    Path("build/bench.json").write_text(json.dumps({"older": MISSED["failed"]}))
    part = type(sys)("bench.size")
    part.measure = lambda: rows
    monkeypatch.setitem(sys.modules, "bench.size", part)
    assert bench.main(["size"]) == status
    printed = capsys.readouterr().out
    told = "bench: missed: failed, too_little, too_much\n" if status else ""
    assert printed.endswith(told) and ("bench: missed" in printed) == bool(status)
    assert json.loads(Path("build/bench.json").read_text()) == {"older": MISSED["failed"], **rows}
    if status:
        assert "fails" in printed and "≤ 2 missed" in printed and "≥ 4 missed" in printed


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


def test_a_wake_is_told_until_its_row_is_durable():
    cut_short = [{"event": "boot", "cause": 4}, step("mount", "", 10), {"event": "cut"}]
    by_hand = [{"event": "boot", "cause": 1}, *WAKE[1:]]
    [wake] = chip_wakes.wakes_of(by_hand + WAKE + cut_short)
    assert (wake.reads, wake.read_size, wake.erases) == (60, 6000, 0)
    assert (wake.whole_reads, wake.delivered) == (80, False)
    assert sorted(wake.modules.values()) == [300, 500]
    steps = {name: reads for name, (reads, _) in chip_wakes.steps_of(wake).items()}
    # Between 35 and 40 the configuration is read, and what follows the import of `chip` is too.
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
