"""`wherry queue`: the data of a node, read from a port, a folder and images of its flash."""

import csv
import io
import json
import random
import shutil
import struct

import pytest
from support.boards.spine import Spine
from support.config.node_settings import write_settings
from support.owner.queue_command import dumped, wherry
from support.queue.aside import add
from wherry.queue.ledger import in_file
from wherry.queue.new_segment import create
from wherry.queue.queue import Queue
from wherry.rows.frame import MS, RICE, UNDATED
from wherry.small_file import make_folder, write
from wherry.stage import gaps
from wherry.stage.stage import Stage
from wherry_host.owner.data_copy import copied
from wherry_host.owner.orders import order_file
from wherry_host.owner.view import OwnerView
from wherry_host.virtual.image import Image

S = 848_480_400  # 2026-11-20T09:00:00Z
ODD_MV = 2344
FLIPS, SEED = 80, 20261120


@pytest.fixture
def data(tmp_path):
    """A /data with two schemas, undated boots, two uplinks and set-aside readings."""
    root = str(tmp_path / "data")
    queue = Queue(root, (("t", "°C", 2), ("p", "hPa", 1)), False, 1 << 20)
    queue.append(MS | UNDATED, 1, 5, 250, 3, [2150, 10130])
    queue.append(MS | UNDATED, 2, 7, 0, 1, [-5])
    for i in range(3):
        queue.append(0, 0, S + i, 0, 3, [2150 + i, 10130])
    queue = Queue(root, (("light", "lx", 0),), True, 1 << 20, None, RICE)
    queue.append(MS, 0, S + 10, 7, 1, [400])
    make_folder(root + "/cursors")
    for name, place, counts in (("harbor", (4, 1), (7, 1)), ("harbor-2", (2, 0), (3, 0))):
        ledger = in_file(f"{root}/cursors/{name}")
        (ledger.row, ledger.channel), (ledger.delivered, ledger.set_aside) = place, counts
        ledger.save()
    channel = "p", "hPa", 1
    add(root + "/aside", 3, 1, channel, 10130, S + 1, -1, 400, "HTTP 400: p", "harbor")
    # Ticks of 5 s in boot 1 are 08:59:00.
    write(root + "/anchors", struct.pack("<Iqq", 1, 5000, (S - 60) * 1000))
    write(root + "/boot", b"\2\0\0\0")
    write(root + "/crash", b"\3OSError: 5")
    secrets = {"wifi": [{"password": "hush"}]}
    write_settings(tmp_path / "data", {"name": "hut"}, secrets=secrets)
    return tmp_path / "data"


def test_a_node_that_was_cut_before_its_first_row_has_no_rows(tmp_path):
    make_folder(str(tmp_path / "data" / "segments"))
    write(str(tmp_path / "data" / "boot"), bytes(8))
    assert dumped(tmp_path / "data") == []
    code, text, reported = wherry("stats", tmp_path / "data")
    assert (code, reported) == (0, "") and "0 segments" in text


def test_every_reading_is_listed_with_its_outcome(data):
    found = [
        (int(e["row"]), e["time"], e["channel"], e["unit"], e["value"], e["state"], e["waits_for"])
        for e in dumped(data)
    ]
    done, both = [], ["harbor", "harbor-2"]
    assert found == [
        (0, "2026-11-20T08:59:00.250Z", "t", "°C", "21.50", "delivered", done),
        (0, "2026-11-20T08:59:00.250Z", "p", "hPa", "1013.0", "delivered", done),
        (1, None, "t", "°C", "-0.05", "dropped", done),
        (2, "2026-11-20T09:00:00Z", "t", "°C", "21.50", "waiting", ["harbor-2"]),
        (2, "2026-11-20T09:00:00Z", "p", "hPa", "1013.0", "waiting", ["harbor-2"]),
        (3, "2026-11-20T09:00:01Z", "t", "°C", "21.51", "waiting", ["harbor-2"]),
        (3, "2026-11-20T09:00:01Z", "p", "hPa", "1013.0", "waiting", ["harbor-2"]),
        (4, "2026-11-20T09:00:02Z", "t", "°C", "21.52", "waiting", ["harbor-2"]),
        (4, "2026-11-20T09:00:02Z", "p", "hPa", "1013.0", "waiting", both),
        (5, "2026-11-20T09:00:10.007Z", "light", "lx", "400", "waiting", both),
    ]
    boots = [(e["boot"], e["ticks_ms"]) for e in dumped(data)[:4]]
    assert boots == [("1", "5250"), ("1", "5250"), ("2", "7000"), (None, None)]


def test_the_three_forms_agree(data):
    entries = dumped(data)
    rows = list(csv.DictReader(io.StringIO(wherry("dump", data, "--csv")[1])))
    assert [(r["row"], r["value"], r["state"]) for r in rows] == [
        (e["row"], e["value"], e["state"]) for e in entries
    ]
    assert rows[6]["status"] == "400" and rows[8]["waits_for"] == "harbor harbor-2"
    table = wherry("dump", data)[1].splitlines()
    assert table[7] == (
        "     3 2026-11-20T09:00:01Z     p                      1013.0 hPa  waiting 1/2"
    )
    assert table[3].split()[:5] == ["1", "boot", "2", "+7.000", "s"]
    assert max(map(len, table)) <= 80 and len(table) == 1 + len(entries)
    assert wherry("dump", data, "--csv", "--json")[0] == 2


def test_an_estimated_boot_is_listed_with_its_uncertainty(data):
    # 3 rows within an hour; ticks of 0 s are 08:59:00.
    ticks = -1 - 3_600_000 - (3 << 40)
    anchor = struct.pack("<Iqq", 2, ticks, (S - 60) * 1000 + ticks)
    write(str(data / "anchors"), struct.pack("<Iqq", 1, 5000, (S - 60) * 1000) + anchor)
    entry = dumped(data)[2]
    assert (entry["time"], entry["uncertainty_ms"]) == ("2026-11-20T08:59:07.000Z", "3600000")
    assert {each["uncertainty_ms"] for each in dumped(data)} == {None, "3600000"}
    text = wherry("stats", data)[1]
    assert "estimated   3 rows of boot 2, begun 2026-11-20T08:59:00.000Z within 3,600 s" in text
    assert "boots       2, of which 1 with an anchor" in text and "undated" not in text


def test_the_figures_and_the_set_aside_readings(data):
    found = json.loads(wherry("stats", data, "--json")[1])
    assert (found["rows"], found["readings"], found["undated_rows"]) == (6, 10, 1)
    stamps = "2026-11-20T08:59:00.250Z", "2026-11-20T09:00:10.007Z"
    assert (found["first_time"], found["last_time"]) == stamps and found["node"] == "hut"
    assert [sum(counts.values()) for counts in _counts(found)] == [10, 10]
    assert found["crash"] == {"streak": 3, "error": "OSError: 5"} and found["boot"] == 2
    text = wherry("stats", data)[1]
    assert "3 in a row; OSError: 5" in text and max(map(len, text.splitlines())) <= 80
    assert json.loads(wherry("aside", data, "--json")[1]) == [
        {"row": 3, "time": "2026-11-20T09:00:01Z", "ticks_ms": None, "channel": "p",
         "value": 1013.0, "status": 400, "reason": "HTTP 400: p", "uplink": "harbor"},
    ]  # fmt: skip
    assert wherry("aside", data, "--csv")[1].splitlines()[1].endswith("400,HTTP 400: p,harbor")
    assert wherry("aside", data)[1].splitlines()[1].endswith("1013.0 400 p")


def test_a_reading_skipped_in_doubt_has_a_time_and_one_never_dated_has_ticks(data):
    folder, channel = str(data / "aside"), ("t", "°C", 2)
    add(folder, 0, 0, channel, 2150, S, -1, 1, "no answer: it may have been stored", "harbor")
    add(folder, 1, 0, channel, -5, 7, 0, 0, "no time", "harbor")
    lines = wherry("aside", data)[1].splitlines()[2:]
    assert [" ".join(line.split()) for line in lines] == [
        "0 2026-11-20T09:00:00Z t 21.50 no answer: it may have been stored",
        "1 +7.000 s t -0.05 no time",
    ]


def _counts(found):
    for counts in found["uplinks"].values():
        assert counts.pop("unreadable") == 0 and counts.pop("cursor")
        assert counts.pop("denied_since") is None and counts.pop("held") == {}
        assert counts.pop("doubted") == 0
        yield counts


def test_uplinks_that_come_and_go(data):
    ledger = in_file(f"{data}/cursors/roof")
    ledger.row, ledger.before = 4, 7
    ledger.save()
    write_settings(data, {}, [{"label": "harbor-2"}, {"label": "roof"}])
    entries = dumped(data)
    assert [e["waits_for"] for e in entries[-4:]] == [["harbor-2"], *3 * [["harbor-2", "roof"]]]
    assert [e["state"] for e in entries[:3]] == ["delivered", "delivered", "dropped"]
    text = wherry("stats", data)[1]
    assert "roof: 7 more were taken before it was added.\n" in text
    assert "harbor: no longer configured; 7 were delivered to it.\n" in text
    assert "harbor " not in text and max(map(len, text.splitlines())) <= 80
    (data / "cursors" / "harbor-2").unlink()
    assert [e["state"] for e in dumped(data)] == ["earlier"] * 7 + ["waiting"] * 3


def test_thinned_rows_gaps_and_orders_are_listed(data):
    stamps = (0, 0, S + 1, 0), (MS, 0, S + 10, 7)
    gaps.note(str(data), 5, *stamps)
    create(f"{data}/rows/0000000005", 5, 9, (("light", "lx", 0),), 0, True, 4)
    make_folder(f"{data}/orders")
    (data / "orders" / "replay-harbor.new").write_bytes(order_file(S, S + 60))
    (data / "orders" / "resend-harbor").write_bytes(b"noise")
    (data / "orders" / "resend-harbor.tmp").write_bytes(b"")
    found = json.loads(wherry("stats", data, "--json")[1])
    window = "2026-11-20T09:00:00Z", "2026-11-20T09:01:00Z"
    assert found["gaps"] == [
        {"row": 5, "after": "2026-11-20T09:00:01Z", "before": "2026-11-20T09:00:10.007Z"}
    ]
    (order,) = found["orders"]
    named = [order[name] for name in ("kind", "uplink", "first", "last")]
    assert named == ["replay", "harbor", *window]
    _, text, reported = wherry("stats", data)
    assert "thinned     rows 5 to 5: one of 4 is left\n" in text
    assert "order       replay to harbor, 0 sent again so far:" in text
    assert "orders/resend-harbor: damaged; the node will not carry it out" in reported
    assert max(map(len, text.splitlines())) <= 80


def test_rows_in_rtc_memory_come_last(data):
    memory = bytearray(2048)
    stage = Stage(memory, lambda: None, 1)
    state = stage.new_state()
    queue = Queue(str(data), (("light", "lx", 0),), True, 1 << 20)
    state.next_row, state.readings, state.schema = queue.hint()
    # The older one is in the queue already: a reset came before the stage was cleared.
    stage.append(5, MS, 0, S + 10, 7, 1, [400])
    stage.append(6, MS, 0, S + 20, 0, 1, [500])
    stage.save()
    for rtc, rows in ((bytes(memory), [5, 6]), (bytes(1900), [5]), (b"\xa5" * 2048, [5])):
        with copied(str(data)) as copy:
            copy.rtc = rtc
            view = OwnerView(copy)
            found = list(view.readings())
        assert [kept.row for kept in found if kept.channel == "light"] == rows
        assert view.staged == (len(rows) - 1, len(rows) - 1)


def test_images_whole_and_within_a_dump(data, tmp_path):
    image = tmp_path / "vfs.img"
    Image.create(image, 256 << 10)
    with Image(image) as opened:
        for path in data.rglob("*"):
            if path.is_file():
                opened.write(f"data/{path.relative_to(data)}", path.read_bytes())
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    expected = dumped(data)
    assert dumped(image) == expected
    # The place is never changed.
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before
    # As esptool reads a chip: other partitions around it, one of which mentions the magic.
    other = bytes(range(256)) * 64 + b"\0" * 8 + b"littlefs" + b"\xff" * 4080
    content = image.read_bytes()
    (tmp_path / "chip.bin").write_bytes(other + content + b"\xff" * 4096)
    assert dumped(tmp_path / "chip.bin") == expected
    # A cut in the middle of a write: the first of the two superblocks is lost.
    (tmp_path / "half.bin").write_bytes(other + b"\xff" * 4096 + content[4096:])
    assert dumped(tmp_path / "half.bin") == expected
    (tmp_path / "short.bin").write_bytes(content[:4096])
    code, _, reported = wherry("dump", tmp_path / "short.bin")
    assert code == 1 and "holds no littlefs that can be read; dump it from the board" in reported


def seen(data):
    """Return the listed readings, and the report about the others."""
    with copied(str(data)) as copy:
        view = OwnerView(copy)
        return {(kept.row, kept.channel, kept.value) for kept in view.readings()}, view.faults


def test_damage_is_reported_and_the_rest_is_listed(data):
    choose = random.Random(SEED)
    whole = seen(data)[0]
    files = sorted(path for path in data.rglob("*") if path.parent.name != "data")
    files = [path for path in files if path.is_file()]
    lost = 0
    for i in range(FLIPS):
        path = choose.choice(files)
        good = path.read_bytes()
        at = choose.randrange(len(good))
        cut = choose.random() < 0.2
        flipped = bytes([good[at] ^ 1 << choose.randrange(8)])
        path.write_bytes(good[:at] if cut else good[:at] + flipped + good[at + 1 :])
        found, faults = seen(data)
        assert found <= whole, (i, SEED, found - whole)
        assert found == whole or faults or cut, (i, SEED)
        lost += found != whole
        path.write_bytes(good)
    print(f"{FLIPS} damaged files, seed {SEED}: {lost} with a loss")
    (data / "rows" / "0000000005").write_bytes(b"noise")
    (data / "segments" / "notes.txt").write_text("foreign")
    code, text, reported = wherry("dump", data)
    assert code == 0 and len(text.splitlines()) > 8
    assert "rows/0000000005: does not begin with a segment header: left out" in reported
    assert "segments/notes.txt: not a file of a node; left out" in reported


def test_a_running_board_is_copied_through_its_port(tmp_path):
    with Spine(tmp_path, 10) as spine:
        spine.start().drained()
        spine.refuse_battery(ODD_MV)
        for command in ("stats", "dump"):
            since = spine.mark()
            code, text, reported = wherry(command, spine.board.port, "--json")
            assert (code, reported) == (0, ""), reported
            # It continues, with the same boot: it was restarted, not cut.
            spine.wait("row ", since=since)
            # A refused reading is set aside only after its batch has been halved down to it.
            spine.drained()
        found = json.loads(text)
        aside = [each for each in found if each["state"] == "set aside"]
        assert aside and all(each["value"] == ODD_MV / 1000 for each in aside)
        assert {each["reason"] for each in aside} == {"HTTP 400"}
        spine.drained()
        counts = spine.settled()
        shutil.copy(spine.board.flash, tmp_path / "flash.bin")
        stats = json.loads(wherry("stats", tmp_path / "flash.bin", "--json")[1])
        assert stats["uplinks"]["harbor"]["delivered"] == counts["delivered"]
        assert stats["uplinks"]["harbor"]["waiting"] == counts["waiting"]
        assert (stats["boot"], stats["filesystem_size"]) == (1, 2 << 20)
        assert dumped(spine.board.flash.parent) == dumped(spine.board.flash)


def test_a_refusal_outlives_its_row(data):
    (data / "segments/0000000000/0000000000").unlink()
    entries = dumped(data)
    assert [(e["row"], e["unit"], e["state"]) for e in entries] == [
        ("3", None, "set aside"),
        ("5", "lx", "waiting"),
    ]
