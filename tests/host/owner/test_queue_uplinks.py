"""`wherry queue` of a node with several uplinks: selections, held channels, doubts."""

import json
from zlib import crc32

import pytest
from support.config.node_settings import write_settings
from typer.testing import CliRunner
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS
from wherry.small_file import make_folder, write
from wherry_host.cli.commands import app
from wherry_host.owner.data_copy import copied
from wherry_host.virtual.image import Image

S, TOKEN = 848_480_400, "hush"
ROWS = 4
PLACES = ("waiting", "delivered", "set_aside", "dropped", "thinned", "damaged", "others", "before")


def wherry(*words):
    """Run `wherry queue` and return its output."""
    result = CliRunner().invoke(app, ["queue", *map(str, words)])
    assert (result.exit_code, result.stderr) == (0, ""), result.stderr
    return result.stdout


@pytest.fixture
def data(tmp_path):
    """Four rows of t, p and q: harbor has two, sensocan selects t and p, and does not know p.

    here selects only q and has passed by two rows; none of its readings is sent yet.
    """
    root = str(tmp_path / "data")
    queue = Queue(root, (("t", "°C", 2), ("p", "hPa", 1), ("q", "", 0)), True, 1 << 20)
    for i in range(ROWS):
        queue.append(MS, 0, S + i, 0, 7, [2150 + i, 10130, i])
    for folder in ("/cursors", "/sessions"):
        make_folder(root + folder)
    held = f"sensocan~{crc32(b'p'):08x}"
    old = f"sensocan~{crc32(b't'):08x}"
    for name, place, counts in (
        ("harbor", (2, 0), {"delivered": 6}),
        ("sensocan", (3, 0), {"delivered": 4, "others": 5, "doubted": 2}),
        (held, (1, 1), {"before": 4}),
        # A channel that was held once: its readings are already in the uplink's ledger.
        (old, (1, 0), {"before": 3, "delivered": 1}),
        ("here", (2, 2), {"others": 6, "delivered": 2}),
        ("gone", (1, 0), {"delivered": 3}),
    ):
        ledger = in_file(f"{root}/cursors/{name}")
        ledger.row, ledger.channel = place
        for count, number in counts.items():
            setattr(ledger, count, number)
        ledger.save()
    session = {"token": TOKEN, "held": ["p"]}
    write(root + "/sessions/sensocan", json.dumps(session).encode())
    uplinks = [
        {"label": "harbor", "api_key": TOKEN, "selection": None},
        {"label": "sensocan", "token": TOKEN, "selection": [["t", "p"], {"t": "temp_01"}]},
        {"label": "here", "device_secret": TOKEN, "selection": [["q"], {}]},
    ]
    write_settings(tmp_path / "data", {"name": "hut"}, uplinks, secrets={"uplink": uplinks})
    return tmp_path / "data"


def test_each_uplink_s_figures_add_up(data):
    found = json.loads(wherry("stats", data, "--json"))
    assert found["readings_ever"] == 3 * ROWS
    reported = {
        name: {k: v for k, v in each.items() if v} for name, each in found["uplinks"].items()
    }
    assert reported["harbor"] == {"waiting": 6, "delivered": 6, "cursor": [2, 0]}
    # Its own t, and three of p, which it does not know.
    assert reported["sensocan"] == {
        "waiting": 4, "delivered": 4, "others": 4, "held": {"p": 3}, "doubted": 2,
        "cursor": [3, 0],
    }  # fmt: skip
    assert reported["here"] == {"waiting": 2, "delivered": 2, "others": 8, "cursor": [2, 2]}
    for counts in found["uplinks"].values():
        assert sum(counts[place] for place in PLACES) == 3 * ROWS
    assert list(found["removed_uplinks"]) == ["gone"]
    text = wherry("stats", data)
    for line in (
        "sensocan: 4 more are of channels that it does not take.",
        'sensocan: the server does not know "p": its 3 wait apart.',
        "sensocan: 2 were sent twice because an answer was lost.",
        "gone: no longer configured; 3 were delivered to it.",
    ):
        assert line in text.splitlines()
    assert max(map(len, text.splitlines())) <= 80


def test_a_reading_is_listed_for_the_uplinks_that_select_it(data):
    found = json.loads(wherry("dump", data, "--json"))
    assert [(e["row"], e["channel"], e["state"], e["waits_for"]) for e in found[3:]] == [
        (1, "t", "delivered", []),
        (1, "p", "waiting", ["sensocan"]),
        (1, "q", "delivered", []),
        (2, "t", "waiting", ["harbor"]),
        (2, "p", "waiting", ["harbor", "sensocan"]),
        (2, "q", "waiting", ["harbor", "here"]),
        (3, "t", "waiting", ["harbor", "sensocan"]),
        (3, "p", "waiting", ["harbor", "sensocan"]),
        (3, "q", "waiting", ["harbor", "here"]),
    ]
    # Two of the three select each channel.
    lines = [line.split() for line in wherry("dump", data).splitlines()]
    shared = [(line[0], line[2]) for line in lines if line[-1] == "1/2"]
    assert shared == [("1", "p"), ("2", "t")]


def test_a_channel_without_an_uplink_is_not_selected(data):
    write_settings(data, {}, [{"label": "sensocan", "selection": [["t", "p"], {"t": "temp_01"}]}])
    found = json.loads(wherry("dump", data, "--json"))
    assert {e["state"] for e in found if e["channel"] == "q"} == {"not selected"}


@pytest.mark.parametrize(
    ("slot", "text"),
    [
        ("a.app", "0.2.0 in a.app"),
        ("b.app a.app 2", "0.2.0 in a.app, on trial, 2 starts so far"),
        ("a.app b.app 3", "0.2.0 in a.app"),
    ],
)
def test_the_version_that_starts_next_is_shown(data, slot, text):
    (data.parent / "slot").write_text(slot)
    assert f"version     {text}" in wherry("stats", data).splitlines()


def test_no_secret_is_copied(data, tmp_path):
    image = Image.create(tmp_path / "flash.img", 256 << 10)
    with Image(image) as opened:
        for path in [*data.rglob("*"), *tmp_path.glob("*")]:
            if path.is_file() and path != image:
                opened.write(str(path.relative_to(tmp_path)), path.read_bytes())
    for place in (data, image):
        with copied(str(place)) as copy:
            assert copy.faults == [] and copy.uplinks["sensocan"].held == ["p"]
            assert copy.uplinks["harbor"].selection is None and len(copy.uplinks) == 3
            for path in copy.folder.rglob("*"):
                assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path
