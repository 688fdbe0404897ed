"""firmware/boot/recovery.py on MicroPython itself: numbers of boots, and states that continue."""

from binascii import crc32

import pytest
from support.boards.firmware_run import found_by

PWRON, HARD, WDT, DEEPSLEEP, SOFT = 1, 2, 3, 4, 5
# Each boot is {"cause", "now_ms", "mark": of the run before, "set": the fields that this run
# leaves in its state, "cut": whether RTC memory is lost before it}.
PROGRAM = """
stand_in(machine=Machine, time=Clock)
import recovery, rtc
from wherry.rows.frame import RICE
from wherry.stage.stage import Stage

class Esp32:
    class Partition(Flash):
        TYPE_DATA = 1
        def find(kind, label):
            return [Esp32.wlog] if Esp32.wlog and [kind, label] == [1, "wlog"] else []

feed = Watchdog(90_000).feed

def boot(cause, now_ms, mark="", set={}, cut=False):
    Machine.cause, Clock.now_ms = cause, now_ms
    if cut:
        Rtc.content = b""
    if mark:
        Rtc.content = Rtc.content[:328] + mark.encode() + Rtc.content[332:]
    parts = given["node"], channels, 1, given["board"]
    try:
        stage, clock, queue, after_accident = recovery.recover("/data", *parts, feed)
    except OSError as error:
        return {"error": str(error)}
    # What a cut at once would leave: whatever was only put in the buffer is not there.
    kept = Stage(bytearray(Rtc.content), None, len(channels)).state
    seen = {
        "boot": stage.state.boot, "ticks": clock.ticks(now_ms), "crashes": stage.state.crashes,
        "kept": kept and [kept.boot, kept.zero_ms, kept.ring_at],
        "accident": bool(after_accident), "next_row": queue.next_row,
        "size_max": getattr(queue, "size_max", None), "ms": queue.ms,
        "is_idle": queue.idle is feed,
        "ring_page": getattr(queue, "page", None), "own": queue.own_count,
        "stage_rice": stage._form[2] == RICE, "stage_own": stage._form[3],
        "queue_rice": (queue.kind if given["pages"] else queue.writer._kind) == RICE,
    }
    for name, value in set.items():
        setattr(stage.state, name, value)
    if "next_row" in set:
        stage.state.schema = queue.schema
    stage.save()
    return seen

channels = (("temperature", "C", 2), ("node_boots", "", 0))
mount(given["files"])
Esp32.wlog = None
if given["pages"]:
    Esp32.wlog = Flash(given["pages"])
stand_in(esp32=Esp32)
found = [boot(**each) for each in given["boots"]] + [files()]
"""
NODE = {"durability": "row", "queue_coding": "rows", "stamps": "s", "queue_size_max": 0}
BOARD = {"filesystem_size": 2 << 20, "reserved_size": 100_000}


def booted(*boots, files=None, node=None, board=None, pages=0):
    """Return each boot's findings, the files after the last one, and the lines printed."""
    given = {"boots": boots, "files": files or {}, "pages": pages}
    given |= {"node": {**NODE, **(node or {})}, "board": {**BOARD, **(board or {})}}
    found, lines = found_by(PROGRAM, given)
    return found[:-1], found[-1], lines


def at(now_ms, cause=PWRON, **more):
    """Return a boot at a time of the RTC."""
    return {"cause": cause, "now_ms": now_ms, **more}


def small_file(payload):
    """Return a small file as docs/spec.md describes it, a character for each byte."""
    return (payload + crc32(payload).to_bytes(4, "little")).decode("latin-1")


def number(file):
    """Return the number in the file of boots."""
    octets = file.encode("latin-1")
    assert small_file(octets[:-4]) == file and len(octets) == 8
    return int.from_bytes(octets[:-4], "little")


# Boots


def test_each_power_cycle_has_its_own_number_and_ticks_saved_immediately():
    found, files, _ = booted(at(5_000), at(0, cut=True), at(900, cut=True))
    assert [each["boot"] for each in found] == [1, 2, 3]
    assert [each["kept"][:2] for each in found] == [[1, 5_000], [2, 0], [3, 900]]
    assert {each["ticks"] for each in found} == {0} and number(files["/data/boot"]) == 3
    assert all(each["accident"] for each in found)
    assert {"/data/cursors/", "/data/aside/"} < set(files)


def anchors(*boots):
    """Return the file of anchors of these boots."""
    entries = (boot.to_bytes(4, "little") + bytes(16) for boot in boots)
    return small_file(b"".join(entries))


@pytest.mark.parametrize(("stored", "anchored", "boot"), [
    (41, (), 42),
    # A number that has an anchor is never given again.
    (None, (7, 3), 8),
    # A damaged number is like a missing one.
    ("damaged", (7, 3), 8),
    (5, (7, 3), 8),
    ((1 << 24) - 1, (), 1 << 24),
    ((1 << 24) + 5, (), (1 << 24) + 6),
    (3, ((1 << 24) + 5,), (1 << 24) + 6),
])  # fmt: skip
def test_a_boot_is_above_all_earlier_ones_and_all_anchors(stored, anchored, boot):
    files = {"/data/anchors": anchors(*anchored)}
    if stored == "damaged":
        files["/data/boot"] = small_file((9).to_bytes(4, "little"))[:-1] + "x"
    elif stored is not None:
        files["/data/boot"] = small_file(stored.to_bytes(4, "little"))
    (found,), after, _ = booted(at(0), files=files)
    assert found["boot"] == boot == number(after["/data/boot"])


# States that continue


@pytest.mark.parametrize(("cause", "mark", "accident", "crashes"), [
    (DEEPSLEEP, "", False, 2),
    # The last run has slept off its own error, or ended at the console.
    (DEEPSLEEP, "fail", True, 2),
    (DEEPSLEEP, "hand", True, 2),
    (HARD, "", True, 3),
    (WDT, "", True, 3),
    (WDT, "fail", True, 3),
    (HARD, "hand", True, 2),
    (WDT, "hand", True, 2),
    (SOFT, "", True, 2),
    (PWRON, "", True, 2),
])  # fmt: skip
def test_a_state_continues_and_unrequested_resets_are_crashes(cause, mark, accident, crashes):
    left = {"saved_ticks": 400, "crashes": 2, "next_row": 5, "readings": 9}
    found, files, _ = booted(at(100, set=left), at(500, cause, mark=mark))
    goes_on = found[1]
    assert (goes_on["boot"], goes_on["ticks"]) == (1, 400) and number(files["/data/boot"]) == 1
    # The queue takes the number of its next row from RTC memory.
    assert goes_on["next_row"] == 5
    assert (goes_on["accident"], goes_on["crashes"]) == (accident, crashes)


def test_a_restarted_rtc_is_another_boot():
    left = {"saved_ticks": 400, "crashes": 2, "next_row": 5}
    found, _, _ = booted(at(100, set=left), at(499, DEEPSLEEP))
    assert (found[1]["boot"], found[1]["crashes"], found[1]["accident"]) == (2, 0, True)
    assert found[1]["kept"][:2] == [2, 499] and found[1]["next_row"] == 0


# The queue


@pytest.mark.parametrize(("board", "limit", "size_max"), [
    # 85 % of the files' room without the reserved part.
    ({}, 0, (2 << 20) * 85 // 100 - 100_000),
    ({}, 300_000, 300_000),
    ({}, 3_000_000, (2 << 20) * 85 // 100 - 100_000),
    ({"filesystem_size": 200_000}, 0, 70_000),
    ({"filesystem_size": 190_000}, 0, 65_536),
    ({"filesystem_size": 190_000}, 40_000, 40_000),
])  # fmt: skip
def test_the_queue_leaves_room_on_a_flash(board, limit, size_max):
    (found,), _, _ = booted(at(0), node={"queue_size_max": limit}, board=board)
    assert found["size_max"] == size_max and found["is_idle"]


@pytest.mark.parametrize(("node", "stage_rice", "queue_rice", "ms"), [
    ({}, False, False, False),
    ({"durability": "stage"}, True, False, False),
    ({"queue_coding": "rice"}, False, True, False),
    ({"stamps": "ms"}, False, False, True),
])  # fmt: skip
@pytest.mark.parametrize("pages", [0, 8])
def test_rows_are_kept_as_configured(pages, node, stage_rice, queue_rice, ms):
    board = {"wlog_size": pages * 4096}
    (found,), _, _ = booted(at(0), node=node, board=board, pages=pages)
    assert (found["stage_rice"], found["queue_rice"], found["ms"]) == (stage_rice, queue_rice, ms)
    assert (found["own"], found["stage_own"]) == (1, 1)
    assert (found["ring_page"] is not None) == bool(pages)


def test_a_lost_ring_is_an_error_with_its_remedy():
    (found,), _, _ = booted(at(0), board={"wlog_size": 32_768})
    assert found["error"].endswith("no partition wlog: run `wherry flash`, then `wherry deploy`")


def test_the_place_in_a_ring_is_valid_for_one_start_only():
    left = {"next_row": 5, "saved_ticks": 1, "ring_page": 3, "ring_at": 100, "ring_step": 0}
    board = {"wlog_size": 32_768}
    found, _, _ = booted(
        at(0, set=left), at(9, DEEPSLEEP), at(18, DEEPSLEEP), board=board, pages=8
    )
    # However the second run ends, the third one does its own search.
    assert (found[1]["ring_page"], found[1]["kept"]) == (3, [1, 0, 0])
    assert found[2]["ring_page"] != 3
