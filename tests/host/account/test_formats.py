"""The files of the last release are readable by this code and by the judge's decoder.

tests/data/formats has a folder for the release before this version; write.py made it.
"""

import importlib.util
import json
import shutil

import pytest
from support.places import DATA
from support.queue.rows import append, read_rows
from support.ring.device import Device
from support.ring.device import read_rows as ring_rows
from wherry import small_file
from wherry.orders.order import Order
from wherry.queue.queue import Queue
from wherry.queue.thinned import read_progress
from wherry.ring.ring import Ring
from wherry.rows.frame import RICE, ROWS
from wherry.sending.refusal.aside_files import Aside
from wherry.stage import gaps
from wherry.stage.stage import Stage
from wherry.time import anchors
from wherry_host.account.spec import files as spec_files
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.spec import ring as spec_ring
from wherry_host.account.spec import rtc as spec_rtc

FORMATS = DATA / "formats"
FOLDERS = sorted(path.parent for path in FORMATS.glob("*/expected.json"))
_spec = importlib.util.spec_from_file_location("put_rows", FORMATS / "put_rows.py")
put_rows = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(put_rows)

NAMES = (("temperature", "humidity", "node_boots"),)
NAMES += (("temperature", "humidity", "pressure", "node_boots"),)
CHANNELS = (("temperature", "°C", 2), ("humidity", "%", 2), ("pressure", "hPa", 2))
CHANNELS += (("node_boots", "", 0),)


@pytest.fixture(params=FOLDERS, ids=lambda path: path.name)
def left(request, tmp_path):
    """Return (a copy of the folder, the content as written)."""
    shutil.copytree(request.param, tmp_path / "left")
    return tmp_path / "left", json.loads((request.param / "expected.json").read_text())


def row(number, names=NAMES[1]):
    """Return a written row in the form of `read_rows`."""
    *stamp, mask, values = put_rows.row_of(number, len(names))
    measured = [name for index, name in enumerate(names) if mask >> index & 1]
    return (number, *stamp, dict(zip(measured, values, strict=True)))


def rows_of(counts):
    """Return all rows of the queue; `counts` are the rows of each schema."""
    ends = [sum(counts[: i + 1]) for i in range(len(counts))]
    return [row(number, NAMES[number >= ends[0]]) for number in range(ends[-1])]


def spec_row(found):
    """Return a row of the judge's decoder in the same form."""
    each, channels = found
    flags = (each.boot is not None) * 2 + (each.ms is not None)
    values = {channels[index][1]: value for index, value in each.values.items()}
    return each.number, flags, each.boot or 0, each.s, each.ms or 0, values


def opened(root, hint=None, kind=ROWS, size_max=400_000):
    return Queue(str(root), CHANNELS, False, size_max, hint, kind, own_count=1)


@pytest.mark.parametrize("kind", [ROWS, RICE])
@pytest.mark.parametrize("with_hint", [True, False])
def test_the_queue_continues(left, kind, with_hint):
    folder, expected = left
    state = Stage(bytearray((folder / "rtc").read_bytes()), lambda: None, 4, own_count=1).state
    hint = (state.next_row, state.readings, state.schema) if with_hint else None
    queue, rows = opened(folder / "data", hint, kind), rows_of(expected["row_counts"])
    assert (read_rows(queue), queue.readings) == (rows, expected["readings"])
    for i in range(150):
        append(queue, rows, (0, 0, 849_000_000 + 60 * i, 0, 7, [i * i % 97, -i, 5]))
    assert (queue.damaged, read_rows(queue)) == (0, rows)
    assert read_rows(opened(folder / "data")) == rows


def test_a_thinned_queue_continues(left):
    folder, (count, readings, thinned) = left[0] / "thinned", left[1]["thinned"]
    queue = opened(folder, size_max=8_192)
    found = read_rows(queue)
    assert found == [row(each[0]) for each in found] and (queue.damaged, queue.next_row) == (
        0,
        count,
    )
    assert found[-1] == row(count - 1) and len(found) < count
    gone = [read_progress(queue.path(name)) for name in queue.segments]
    assert queue.readings == readings and sum(each[3] for each in gone if each) == thinned
    assert queue.ledger("harbor").thinned == thinned
    assert sum(len(each[-1]) for each in found) == readings - thinned
    assert [
        spec_row(each) for each in spec_queue.read_queue(spec_queue.from_folder(folder))
    ] == found


def test_a_ring_continues(left):
    folder, (count, readings) = left[0], left[1]["ringed"]
    device = Device(3)
    device.cells[:] = (folder / "ring").read_bytes()
    ring = Ring(device, str(folder / "ringed"), CHANNELS, False, own_count=1)
    rows = ring_rows(ring)
    assert rows == [row(number) for number in range(rows[0][0], count)] and len(rows) > 500
    assert (ring.damaged, ring.next_row, ring.readings) == (0, count, readings)
    ledger = ring.ledger("harbor")
    assert (ledger.row, ledger.delivered) == (1990, 3000)
    schemas = {int(path.name, 16): path.read_bytes() for path in folder.glob("ringed/schemas/*")}
    found, ledgers, reported = spec_ring.read_ring((folder / "ring").read_bytes(), schemas)
    assert ([spec_row(each) for each in found], reported) == (rows, readings)
    assert spec_files.ledger_fields(ledgers["harbor"])[:3] == (1990, 0, 3000)
    append(ring, rows, (0, 0, 849_000_000, 0, 7, [1, 2, 3]))
    assert ring_rows(ring) == rows


def test_small_files(left):
    data, expected = left[0] / "data", left[1]
    ledger = opened(data).ledger("harbor")
    found = [ledger.row, ledger.channel, ledger.delivered, ledger.set_aside]
    assert found == expected["ledger"]
    assert anchors.load(str(data / "anchors")) == {4: tuple(expected["anchor"])}
    assert [list(each) for each in Aside(str(data / "aside")).readings()] == [expected["aside"]]
    order = Order(str(data / "orders/replay-harbor"))
    assert (order.from_s, order.to_s - order.from_s) == (put_rows.START_S, 3600)
    assert (order.row, order.sent, order.pending) == (40, 70, 0)
    count, ((number, before, after),) = gaps.read(str(data))
    assert (count, [number, list(before), list(after)]) == (1, expected["gap"])
    assert small_file.read(str(data / "boot")) == b"\x04\0\0\0"
    assert small_file.read(str(data / "crash")) == b"\0OSError: 28"


def test_rtc_memory(left):
    folder, expected = left
    memory = (folder / "rtc").read_bytes()
    stage = Stage(bytearray(memory), lambda: None, 4, own_count=1)
    state = {name: getattr(stage.state, name) for name in expected["state"]}
    found = json.loads(json.dumps(state, default=lambda each: bytes(each).hex()))
    # This field has since been extended with zeros.
    size = len(expected["state"]["busy"])
    assert found.pop("busy")[:size] == expected["state"].pop("busy")
    assert found == expected["state"]
    waiting = []
    for each in stage.waiting():
        values = {NAMES[1][i]: each.values[i] for i in range(4) if each.mask >> i & 1}
        waiting.append((each.row, each.flags, each.boot, each.s, each.ms, values))
    count = expected["state"]["next_row"]
    assert waiting == [row(number) for number in range(count, count + 6)]
    state, staged = spec_rtc.read_rtc(memory, (4, 1))
    assert {name: state[name] for name in ("boot", "ref_ms", "next_row")} == {
        name: expected["state"][name] for name in ("boot", "ref_ms", "next_row")
    }
    assert [each.s for each in staged] == [each[3] for each in waiting]


def test_the_judge_reads_the_files_of_the_release(left):
    data, expected = left[0] / "data", left[1]
    found = spec_queue.read_queue(spec_queue.from_folder(data))
    assert [spec_row(each) for each in found] == rows_of(expected["row_counts"])
    ledger = spec_files.read_ledger((data / "cursors/harbor").read_bytes())
    assert list(ledger[:4]) == expected["ledger"] and not any(ledger[4:])
    number, index, name, value, decimals, s, _, *others = expected["aside"]
    assert spec_files.read_aside((data / "aside/00000000").read_bytes()) == [
        (number, index, decimals, value, s, None, others[0], name, *others[1:])
    ]
    found = spec_files.read_anchors((data / "anchors").read_bytes())
    assert found == [(4, *expected["anchor"])]


def test_the_release_before_this_version_is_here():
    assert [path.name for path in FOLDERS] == ["0.2.0"]
