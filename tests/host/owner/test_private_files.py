"""Other users of the computer cannot see a secret or a reading: file modes and command lines."""

import json
import os
import signal
import stat
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from support.places import BIN
from wherry_host.config.toml_text import toml_text
from wherry_host.private import make_file, make_folder
from wherry_host.server.service import Service
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import READING, Image

PASSWORD = "grass 7 is green"
_WAIT_S = 60


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def open_ones(folder):
    """Return (path, mode) of the files and folders that others may use in a folder.

    The shims have no data of a node: they are the same on all boards.
    """
    paths = [folder, *(path for path in folder.rglob("*") if path.suffix != ".mpy")]
    return [(str(path), oct(mode(path))) for path in paths if mode(path) & 0o077]


@contextmanager
def wherry(folder, *words):
    """Run a command that keeps its temporary files in a folder, with umask 0."""
    make_folder(folder)
    with subprocess.Popen(
        [BIN / "wherry", *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
        umask=0,
    ) as process:
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)


def tree(process_id):
    """Return the ids of a process and of all its descendants."""
    found = [process_id]
    for task in Path(f"/proc/{process_id}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def command_lines(process_id):
    """Return (count, all) of the command lines of a process and those below it."""
    texts = [Path(f"/proc/{each}/cmdline").read_bytes() for each in tree(process_id)]
    assert all(texts)
    return len(texts), b"\n".join(texts).decode()


def configuration(summary):
    return {
        "node": {"name": "desk", "sample_every": "1 s", "send_every": "1 s"},
        "wifi": [{"ssid": "home", "password": PASSWORD}],
        "uplink": [
            {
                "kind": "harbor",
                "endpoint": summary["harbor"]["endpoint"],
                "api_key": summary["harbor"]["api_key"],
                "ca": summary["ca"],
            }
        ],
        "sensor": [{"driver": "bme280"}],
    }


def slot_in(content, path):
    """Return the bytes of a slot in a flash; `path` is for a copy of the flash."""
    make_file(path).write_bytes(content)
    with Image(path, READING) as image:
        return image.read("a.app")


def wait_for_points(summary):
    """Wait until the server has stored what the board has sent."""
    token = Path(summary["admin_token_file"]).read_text()
    end_s = time.monotonic() + _WAIT_S
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}) as client:
        while not client.get(summary["admin"] + "/points").json()["points"]:
            assert time.monotonic() < end_s, "nothing was delivered"
            time.sleep(0.05)
    return token


def test_a_running_board_and_server_show_others_nothing(tmp_path):
    # Their inputs are open to all, and so is the folder in which they create their files.
    tmp_path.chmod(0o755)
    db, kept, config = tmp_path / "points.db", tmp_path / "boards" / "kept", tmp_path / "node.toml"
    with wherry(tmp_path / "a", "server", "--json", "--db", db) as (server, summary):
        config.write_text(toml_text(configuration(summary)))
        words = ("board", "--json", "--dir", kept, "--config", config)
        with wherry(tmp_path / "b", *words) as (board, _):
            token = wait_for_points(summary)
            secrets = [
                PASSWORD, token, summary["harbor"]["api_key"], summary["harbor_v1"]["api_key"],
                summary["sensocan"]["token"], summary["here"]["device_secret"],
                summary["here"]["user_token"],
            ]  # fmt: skip
            for process, count_min in ((server, 1), (board, 3)):
                count, lines = command_lines(process.pid)
                assert count >= count_min, lines
                assert not [secret for secret in secrets if secret in lines]
            slot = slot_in((kept / "flash.img").read_bytes(), tmp_path / "flash.img")
            assert PASSWORD.encode() in slot and summary["harbor"]["api_key"].encode() in slot
            assert {"flash.img", "rtc.bin", "console.log", "truth.jsonl", "clock"} <= {
                path.name for path in kept.iterdir()
            }
            for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "boards"):
                assert open_ones(folder) == []
            files = sorted(tmp_path.glob("points.db*"))
            assert len(files) == 3 and {mode(path) for path in files} == {0o600}
    assert mode(db) == 0o600 and open_ones(kept) == []


@pytest.fixture
def umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_existing_files_keep_their_mode(tmp_path, umask):
    folder = tmp_path / "board"
    for folder_mode, file_mode in ((0o755, 0o644), (0o700, 0o400 | 0o200), (0o750, 0o640)):
        with VirtualBoard(folder, flash_size=256 << 10):
            pass
        folder.chmod(folder_mode)
        files = [path for path in folder.iterdir() if path.is_file()]
        assert len(files) == 6
        for path in files:
            path.chmod(file_mode)
        with VirtualBoard(folder, flash_size=256 << 10) as board:
            board.wait_event("boot")
        assert mode(folder) == folder_mode
        assert {mode(path) for path in files} == {file_mode}
    db = tmp_path / "points.db"
    db.touch()
    db.chmod(0o640)
    with Service(db, plain_http=True) as service:
        service.store.add("harbor_v2", [("n", "c", 1, 2.0)], 1)
        assert {mode(path) for path in tmp_path.glob("points.db*")} == {0o640}
    assert mode(db) == 0o640
