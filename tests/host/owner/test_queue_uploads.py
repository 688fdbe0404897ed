"""Refusals and failed uploads in `wherry queue stats`: past events, and only recorded facts."""

import pytest
from support.config.node_settings import write_settings
from typer.testing import CliRunner
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS
from wherry.small_file import make_folder
from wherry.stage.stage import Stage
from wherry_host.cli.commands import app
from wherry_host.owner import queue_stats
from wherry_host.owner.data_copy import copied
from wherry_host.owner.view import OwnerView

S = 848_480_400  # 2026-11-20T09:00:00Z
UNANSWERED = 0x80
PRESENT = 'harbor: The console prints the present fault: "Wi-Fi: ..." or "harbor: ..."'


@pytest.fixture
def data(tmp_path):
    """A /data of two uplinks; the first one's server has refused the node."""
    root = str(tmp_path / "data")
    queue = Queue(root, (("t", "°C", 2),), True, 1 << 20)
    queue.append(MS, 0, S, 0, 1, [2150])
    make_folder(root + "/cursors")
    for name, denied_s in (("harbor", S), ("roof", 0)):
        ledger = in_file(f"{root}/cursors/{name}")
        ledger.denied_s = denied_s
        ledger.save()
    _name_uplinks(tmp_path / "data", "harbor", "roof")
    return tmp_path / "data"


def _name_uplinks(folder, *labels):
    uplinks = [{"label": label} for label in labels]
    write_settings(folder, {"name": "hut"}, uplinks)


def stats(folder, rtc=None):
    """Return the figures and the lines of a copy with these bytes in RTC memory."""
    with copied(str(folder)) as copy:
        copy.rtc = rtc
        found = queue_stats.figures(copy, OwnerView(copy))
    lines = list(queue_stats.lines(found))
    assert max(map(len, lines)) <= 80
    return found["uploads"], lines


def memory(failures, own=(0, 0), busy=(0, 0)):
    """Return RTC memory with failures of the node and of each uplink."""
    buffer = bytearray(2048)
    stage = Stage(buffer, lambda: None, 1)
    state = stage.new_state()
    state.failures = failures
    uplinks = bytearray(state.uplinks)
    for i in range(2):
        uplinks[5 * i + 4] = own[i]
        state.busy[i] = busy[i]
    state.uplinks = bytes(uplinks)
    stage.save()
    return bytes(buffer)


def of(name, lines):
    """Return the lines below a name."""
    return [line for line in lines if line.startswith(name)]


def test_a_refusal_is_a_past_event(data):
    result = CliRunner().invoke(app, ["queue", "stats", str(data)])
    assert result.exit_code == 0 and "has refused" not in result.stdout
    uploads, lines = stats(data)
    assert uploads is None and of("uploads", lines) == []
    assert of("harbor: ", lines) == [
        "harbor: the server refused the node on 2026-11-20T09:00:00Z",
        "harbor: (key, id or address); it has accepted nothing since.",
        PRESENT,
    ]
    assert of("roof: ", lines) == []


def test_without_an_answer_wi_fi_is_named(data):
    _name_uplinks(data, "harbor")
    for rtc in (bytes(1900), b"\xa5" * 2048):
        assert stats(data, rtc)[0] is None
    uploads, lines = stats(data, memory(3, busy=(UNANSWERED, 0)))
    assert uploads == {"failed_in_a_row": 3, "last_answered": False, "uplinks": {}}
    at = lines.index("uploads     3 failed in a row; the last had no answer")
    assert [line.strip() for line in lines[at + 1 : at + 3]] == [
        "(no Wi-Fi, no address of the server, no time, or no answer)",
        'the console prints the cause: "Wi-Fi: ..." or "harbor: ..."',
    ]
    assert "harbor: The last upload had no answer: look at Wi-Fi first." in lines
    assert PRESENT not in lines


def test_with_an_answer_the_console_has_the_cause(data):
    _name_uplinks(data, "harbor")
    uploads, lines = stats(data, memory(2))
    assert uploads == {"failed_in_a_row": 2, "last_answered": True, "uplinks": {}}
    assert "uploads     2 failed in a row; the last had an answer" in lines and PRESENT in lines
    # Nothing failed since the start of the state.
    uploads, lines = stats(data, memory(0, busy=(UNANSWERED, 0)))
    assert uploads == {"failed_in_a_row": 0, "last_answered": None, "uplinks": {}}
    assert of("uploads", lines) == [] and PRESENT in lines


def test_of_several_uplinks_each_has_its_own(data):
    uploads, lines = stats(data, memory(0, (4, 0), (UNANSWERED, 0)))
    assert uploads["uplinks"] == {
        "harbor": {"failed_in_a_row": 4, "last_answered": False},
        "roof": {"failed_in_a_row": 0, "last_answered": None},
    }
    assert of("uploads", lines) == [
        "uploads     harbor: 4 failed in a row; the last had no answer"
    ]
    assert "harbor: The last upload had no answer: look at Wi-Fi first." in lines
    # Without a network the failure is the node's.
    _, lines = stats(data, memory(1, (0, 0), (UNANSWERED, 0)))
    assert '            the console prints the cause: "Wi-Fi: ..." or "UPLINK: ..."' in lines
    uploads, lines = stats(data, memory(1, (1, 2), (0, UNANSWERED)))
    assert of("uploads", lines) == ["uploads     1 failed in a row; the last had an answer"]
    assert uploads["uplinks"]["roof"] == {"failed_in_a_row": 2, "last_answered": False}
