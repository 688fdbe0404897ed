"""Boards' flash as released versions left it: today's code and the spec find what is in it."""

import importlib.util
import json
import lzma
from pathlib import Path

import pytest
from test_queue import read_rows
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.stage.stage import Stage
from wherry_host.account.spec import files as spec_files
from wherry_host.account.spec import frames as spec_frames
from wherry_host.account.spec import queue as spec_queue
from wherry_host.account.spec import rtc as spec_rtc
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

BOARDS = Path(__file__).parents[1] / "data" / "boards"
FOLDERS = sorted(path.parent for path in BOARDS.glob("*/expected.json"))
_spec = importlib.util.spec_from_file_location("write_boards", BOARDS / "write.py")
write_boards = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(write_boards)

QUEUE_SIZE = 942_899
RTC_SIZE = 2048


def unpacked(folder, name):
    return lzma.decompress((folder / f"{name}.xz").read_bytes())


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: path.name)
def left(request, tmp_path_factory):
    """Return (folder with the files of an image, its RTC memory, what is expected)."""
    folder = tmp_path_factory.mktemp("board")
    (folder / "flash.img").write_bytes(unpacked(request.param, "flash"))
    with Image(folder / "flash.img") as image:
        for name in image.files():
            target = folder / "files" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(image.read(name))
    memory = bytearray(unpacked(request.param, "rtc")[:RTC_SIZE])
    return folder / "files", memory, json.loads((request.param / "expected.json").read_text())


def test_both_slots_are_there_and_the_active_one_is_proven(left):
    files, _, expected = left
    assert (files / "slot").read_text().strip() == expected["slot"]
    assert not (files / "trial").exists()
    for slot, count in expected["files"].items():
        assert sum(path.is_file() for path in (files / slot).rglob("*")) == count


def test_the_specification_tells_the_rows(left):
    data, expected = left[0] / "data", left[2]
    rows = spec_queue.read_queue(spec_queue.from_folder(data))
    assert (len(rows), write_boards.crc_of(rows)) == (expected["row_count"], expected["rows_crc"])
    for row, which in ((rows[0][0], "first_row"), (rows[-1][0], "last_row")):
        told = [row.number, row.boot, row.s, row.ms, sorted(row.values.items())]
        assert json.loads(json.dumps(told)) == expected[which]
    channels = [[name, unit, decimals] for decimals, name, unit in rows[-1][1]]
    assert channels == expected["channels"]
    assert (
        list(spec_files.read_ledger((data / "cursors/harbor").read_bytes()))
        == (expected["ledger"])
    )
    content = b"".join(path.read_bytes() for path in sorted((data / "aside").iterdir()))
    assert [list(entry) for entry in spec_files.read_aside(content)] == expected["aside"]
    anchors = spec_files.read_anchors((data / "anchors").read_bytes())
    assert [list(entry) for entry in anchors] == expected["anchors"]
    state, staged = spec_rtc.read_rtc(bytes(left[1]))
    assert {name: state[name] for name in expected["state"]} == expected["state"] and not staged


@pytest.mark.parametrize("with_hint", [True, False])
def test_the_queue_reads_the_rows(left, with_hint):
    root, expected = str(left[0] / "data"), left[2]
    channels = [tuple(channel) for channel in expected["channels"]]
    hint = None
    if with_hint:
        state = Stage(bytearray(left[1]), lambda: None, len(channels)).state
        hint = (state.next_row, state.readings, state.schema)
    queue = Queue(root, channels, True, QUEUE_SIZE, hint)
    names = [name for name, _, _ in channels]
    rows = [
        (
            spec_frames.Row(
                number,
                boot if flags & 2 else None,
                s,
                ms if flags & 1 else None,
                {names.index(name): value for name, value in values.items()},
            ),
            None,
        )
        for number, flags, boot, s, ms, values in read_rows(queue)
    ]
    assert (len(rows), write_boards.crc_of(rows)) == (expected["row_count"], expected["rows_crc"])
    assert (queue.next_row, queue.readings) == tuple(
        expected["state"][name] for name in ("next_row", "readings")
    )
    ledger = in_file(root + "/cursors/harbor")
    assert queue.readings - ledger.settled() == expected["waiting"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_board_goes_on_with_its_own_firmware(folder, tmp_path):
    expected = json.loads((folder / "expected.json").read_text())
    for name, file in (("flash", "flash.img"), ("rtc", "rtc.bin")):
        (tmp_path / file).write_bytes(unpacked(folder, name))
    options = {"devices": [{"kind": "bme280", "address": 0x76}], "ports": {53: 0, 123: 0}}
    with VirtualBoard(tmp_path, **options) as board:
        board.wait_line(f"row {expected['state']['next_row']}: 3 readings", 60)


def test_the_board_of_the_first_release_is_here():
    assert [path.name for path in FOLDERS][:1] == ["0.1.0"]
