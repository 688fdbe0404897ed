"""What every released version has left behind stays readable: by today's code, and by the spec."""

import json
import shutil
from pathlib import Path

import pytest
from test_queue import append, read_rows
from wherry import small_file
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import RICE, ROWS
from wherry.sending.aside_files import Aside
from wherry.stage.stage import Stage
from wherry.time import setting
from wherry_host.account.spec import files as spec_files
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.spec import rtc as spec_rtc

FORMATS = Path(__file__).parents[1] / "data" / "formats"
FOLDERS = sorted(path.parent for path in FORMATS.glob("*/*/expected.json"))


@pytest.fixture(params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def left(request, tmp_path):
    """Return a copy of a folder, and what stands in it."""
    shutil.copytree(request.param, tmp_path / "left")
    return tmp_path / "left", json.loads((request.param / "expected.json").read_text())


def channels_of(expected, which):
    return [tuple(channel) for channel in expected["channels"][which]]


def rows_by_name(expected):
    """The rows as `read_rows` gives them."""
    rows = []
    for number, flags, boot, s, ms, mask, values, which in expected["rows"]:
        names = [c[0] for i, c in enumerate(expected["channels"][which]) if mask >> i & 1]
        rows.append((number, flags, boot, s, ms, dict(zip(names, values, strict=True))))
    return rows


@pytest.mark.parametrize("kind", [ROWS, RICE])
@pytest.mark.parametrize("with_hint", [True, False])
def test_the_queue_goes_on(left, kind, with_hint):
    folder, expected = left
    root, channels = str(folder / "data"), channels_of(expected, -1)
    hint = None
    if with_hint:
        state = Stage(bytearray((folder / "rtc").read_bytes()), lambda: None, 3).state
        hint = (state.next_row, state.readings, state.schema)
    queue, rows = Queue(root, channels, False, 400_000, hint, kind), rows_by_name(expected)
    assert not hint or hint == queue.hint()
    assert (read_rows(queue), queue.readings) == (rows, expected["readings"])
    for i in range(150):
        append(queue, rows, (0, 0, 849_000_000 + 60 * i, 0, 7, [i * i % 97, -i, 5]))
    assert (queue.damaged, read_rows(queue)) == (0, rows)
    assert read_rows(Queue(root, channels, False, 400_000, None, kind)) == rows


def test_changed_channels_after_the_upgrade(left):
    folder, expected = left
    queue = Queue(str(folder / "data"), [("co2", "ppm", 0)], False, 400_000)
    rows = rows_by_name(expected)
    append(queue, rows, (0, 0, 849_000_000, 0, 1, [415]))
    assert read_rows(queue) == rows


def test_small_files(left):
    data, expected = left[0] / "data", left[1]
    ledger = in_file(str(data / "cursors/harbor"))
    counts = [ledger.dropped, ledger.thinned, ledger.damaged]
    found = [ledger.row, ledger.channel, ledger.delivered, ledger.set_aside, *counts]
    assert found == expected["ledger"]
    anchors = setting.load_anchors(str(data / "anchors"))
    assert anchors == {int(b): tuple(each) for b, each in expected["anchors"].items()}
    found = list(Aside(str(data / "aside")).readings())
    # That version did not say which uplink was refused.
    assert found == [(*reading, "") for reading in expected["aside"]]
    assert small_file.read(str(data / "boot")) == b"\x04\0\0\0"
    assert small_file.read(str(data / "crash")) == b"\0OSError: 28"


def test_rtc_memory(left):
    folder, expected = left
    stage = Stage(bytearray((folder / "rtc").read_bytes()), lambda: None, 3)
    state = {name: getattr(stage.state, name) for name in expected["state"]}
    assert json.loads(json.dumps(state, default=bytes.hex)) == expected["state"]
    rows = []
    for row in stage.rows():
        values = [row.values[i] for i in range(3) if row.mask >> i & 1]
        rows.append([row.row, row.flags, row.boot, row.s, row.ms, row.mask, values])
    assert rows == expected["stage"]


def test_the_specification_tells_all_of_it(left):
    data, expected = left[0] / "data", left[1]
    rows = []
    for number, flags, boot, s, ms, mask, values, which in expected["rows"]:
        boot, ms = boot if flags & 2 else None, ms if flags & 1 else None
        indexes = [index for index in range(3) if mask >> index & 1]
        channels = [
            (decimals, name, unit) for name, unit, decimals in channels_of(expected, which)
        ]
        rows.append(((number, boot, s, ms, dict(zip(indexes, values, strict=True))), channels))
    assert spec_queue.read_queue(spec_queue.from_folder(data)) == rows
    ledger = spec_files.read_ledger((data / "cursors/harbor").read_bytes())
    assert list(ledger) == [*expected["ledger"], 0, 0, 0, 0, 0, 0]
    row, index, name, value, decimals, s, _, status, reason = expected["aside"][0]
    found = spec_files.read_aside((data / "aside/00000000").read_bytes())
    assert found == [(row, index, decimals, value, s, None, status, name, reason, "")]
    anchors = spec_files.read_anchors((data / "anchors").read_bytes())
    assert anchors == [(4, *expected["anchors"]["4"])]
    state, staged = spec_rtc.read_rtc((left[0] / "rtc").read_bytes())
    assert {name: state[name] for name in ("boot", "ref_ms", "next_row")} == {
        "boot": 4,
        "ref_ms": 848_000_000_123,
        "next_row": 160,
    }
    assert [row.s for row in staged] == [row[3] for row in expected["stage"]]


def test_both_codings_of_the_first_release_are_here():
    assert [f"{path.parent.name}/{path.name}" for path in FOLDERS][:2] == [
        "0.1.0/rice",
        "0.1.0/varint",
    ]
