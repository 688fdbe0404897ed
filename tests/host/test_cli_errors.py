"""Wrong arguments of every command: what a person reads, the exit code, and no traceback.

Exit code 2 is the parser's, for an argument that is none; 1 is the command's own.
"""

import http.server
import os
import signal
import socket
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wherry_host.cli.commands import app

EXAMPLE = str(Path(__file__).parents[1] / "data" / "filled_node.toml")
START = "correct the path, or start from examples/node.toml"
BOARDS = (
    "the boards are: esp32_c3_generic, esp32_c6_devkitc, esp32_generic, esp32_generic_ring, "
    "esp32_s2_saola, esp32_s3_devkitc, firebeetle_esp32, lilygo_tcall, lolin_d32, m5stack_atom, "
    "tinypico, ttgo_lora32, virtual, virtual_ring, xiao_esp32c3, xiao_esp32c6, xiao_esp32s3"
)
IMAGE = "this board takes ESP32_GENERIC-<date>-v1.29.0.bin from https://micropython.org/download/"
NO_API = "give the address that `wherry server` prints"
PLACES = "give a port such as /dev/ttyUSB0, a copy of a node's /data, or an image of its flash"
TABLES = "give the file of `wherry server --db`, or a CSV with time, ship_id, cargo_id and value"
READ_ONLY = "only read here; an order needs the node itself: give its port, such as /dev/ttyUSB0"
DAY = "2026-11-20T08:00:00Z"
IN_UTC = f"write it in UTC as {DAY}"
NEW_FILE = "give a new file in a folder that can be written, or one of an earlier run"

# (command line, exit code, what it must say); {busy} is a port that is taken.
WRONG = (
    ("sail", 2, "No such command 'sail'"),
    ("check", 2, "Missing option '--config'"),
    ("check --config", 2, "Option '--config' requires an argument"),
    ("check node.toml", 2, "Missing option '--config'"),
    ("check --config x --bord y", 2, "No such option: --bord (Possible options: --board, --read)"),
    ("check --config none.toml", 1, f"none.toml: No such file or directory; {START}"),
    ("check --config folder", 1, f"folder: Is a directory; {START}"),
    (f"check --config {EXAMPLE} --secrets none", 1, f"none: No such file or directory; {START}"),
    (f"check --config {EXAMPLE} --secrets noise", 1, "noise, line 1: not UTF-8; save it as UTF-8"),
    (f"check --config {EXAMPLE} --board esp32", 1, f'there is no board "esp32"; {BOARDS}'),
    (f"check --config {EXAMPLE} --board ../x", 1, f'there is no board "../x"; {BOARDS}'),
    (f"check --config {EXAMPLE} --board virtual.toml", 1, 'there is no board "virtual.toml"'),
    ("deploy --config x", 2, "Missing option '--port'"),
    ("deploy --port /dev/null --config none.toml", 1, "none.toml: No such file"),
    (f"deploy --port /dev/none --config {EXAMPLE}", 1, "there is no port /dev/none; ports here: "),
    (f"deploy --port folder --config {EXAMPLE}", 1, "folder is no serial port; give one such as"),
    (f"deploy --port noise --config {EXAMPLE}", 1, "noise is no serial port; give one such as"),
    (f"deploy --port /dev/null --config {EXAMPLE}", 1, "/dev/null is no serial port; give one"),
    (f"deploy --port foo://x --config {EXAMPLE}", 1, "foo://x is no serial port (invalid URL, "),
    (f"deploy --port socket://127.0.0.1:9 --config {EXAMPLE}", 1, "nothing answers at socket://"),
    ("flash --image x", 2, "Missing option '--port'"),
    ("flash --port x", 2, "Missing option '--image'"),
    ("flash --port x --image x --board y", 1, f'there is no board "y"; {BOARDS}'),
    ("flash --port x --image none.bin", 1, f"none.bin: No such file or directory; {IMAGE}"),
    ("flash --port x --image folder", 1, f"folder: Is a directory; {IMAGE}"),
    ("flash --port x --image noise", 1, "it does not begin as an ESP32 image does (0xE9); this"),
    ("boards esp32", 2, "Got unexpected extra argument(s) (esp32)"),
    ("board --config none.toml", 1, f"none.toml: No such file or directory; {START}"),
    ("board --dir noise", 2, "noise: File exists; name a new folder"),
    ("board --dir damaged --config " + EXAMPLE, 1, "the board's filesystem is damaged: erase it"),
    ("board --scale 0", 2, "'--scale': Input should be greater than or equal to 0.1"),
    ("board --scale nan", 2, "'--scale': Input should be "),
    ("board --scale fast", 2, "'--scale': Input should be a valid number"),
    ("board --dns here", 2, "here: give it as 127.0.0.1:PORT"),
    ("board --sntp 127.0.0.1:99999", 2, "127.0.0.1:99999: give it as 127.0.0.1:PORT"),
    ("server --port http", 2, "'--port': Input should be a valid integer"),
    ("server --port 65536", 2, "'--port': Input should be less than or equal to 65535"),
    ("server --page-port -1", 2, "'--page-port': Input should be greater than or equal to 0"),
    ("server --port {busy}", 1, "server: cannot start: port {busy}: Address already in use; give"),
    ("server --page-port {busy}", 1, "server: cannot start: port {busy}: Address already in use"),
    ("server --db folder", 1, f"folder: unable to open database file; {NEW_FILE}"),
    ("server --db none/x.db", 1, f"none/x.db: unable to open database file; {NEW_FILE}"),
    ("server --db noise", 1, f"noise: file is not a database; {NEW_FILE}"),
    ("server --clock none", 1, "cannot start: [Errno 2] No such file or directory: 'none'"),
    ("server --clock noise", 1, "noise is no clock file: give the one that a virtual board made"),
    ("demo --seconds 0", 2, "'--seconds': Input should be greater than or equal to 1"),
    ("demo --seconds long", 2, "'--seconds': Input should be a valid number"),
    ("demo --seed x", 2, "'--seed': Input should be a valid integer"),
    ("demo --scale 100", 2, "'--scale': Input should be less than or equal to 20"),
    ("demo --db folder", 1, f"demo: folder: unable to open database file; {NEW_FILE}"),
    ("demo --db noise", 1, f"demo: noise: file is not a database; {NEW_FILE}"),
    ("queue dmp folder", 2, "No such command 'dmp'"),
    ("queue dump", 2, "Missing argument 'place'"),
    ("queue dump folder --csv --json", 2, "give --csv or --json, not both"),
    ("queue dump none", 1, f"none: No such file or directory; {PLACES}"),
    ("queue dump folder", 1, f"folder: holds nothing of a node yet; {PLACES}"),
    ("queue dump noise", 1, "noise: holds no littlefs that can be read; dump it from the board"),
    ("queue stats damaged", 1, "damaged/flash.img: holds no littlefs that can be read; dump it"),
    ("queue stats /dev/none", 1, "there is no port /dev/none; ports here: "),
    ("queue aside /dev/null", 1, "/dev/null is no serial port; give one such as"),
    ("queue aside socket://127.0.0.1:9", 1, "nothing answers at socket://"),
    ("queue flush", 2, "Missing argument 'port'"),
    ("queue flush folder", 1, f"folder: {READ_ONLY}"),
    ("queue resend noise", 1, f"noise: {READ_ONLY}"),
    ("queue cancel /dev/none", 1, "there is no port /dev/none; ports here: "),
    ("queue flush /dev/null --wait 0", 2, "'--wait': Input should be greater than or equal to 1"),
    ("queue replay /dev/null", 2, "Missing option '--from'"),
    ("queue replay /dev/null --from noon --to x", 1, f'--from: "noon" is no time; {IN_UTC}'),
    (f"queue replay x --from {DAY} --to {DAY[:-1]}", 1, f"{DAY[:-1]} has no time zone; {IN_UTC}"),
    (f"queue replay x --from 1999{DAY[4:]} --to {DAY}", 1, f"is not of this century; {IN_UTC}"),
    (f"queue replay x --from {DAY} --to 2026-11-20T07:59:59Z", 1, "comes before --from; exchange"),
    (f"queue replay folder --from {DAY} --to {DAY}", 1, f"folder: {READ_ONLY}"),
    ("audit", 2, "Missing argument 'table'"),
    ("audit none.db", 1, f"none.db: No such file or directory; {TABLES}"),
    ("audit folder", 1, f"folder: Is a directory; {TABLES}"),
    ("audit noise", 1, f"noise: neither SQLite nor text in UTF-8; {TABLES}"),
    ("audit points.csv", 1, "points.csv, line 1: the header must name the columns time, ship_id"),
    ("fault", 2, "Missing argument 'admin'"),
    ("fault here", 1, "fault: no admin API at here: Request URL is missing an 'http://'"),
    ("fault ftp://x", 1, f"unsupported protocol 'ftp://'.; {NO_API}"),
    ("fault http://127.0.0.1:9/admin", 1, f"Connection refused; {NO_API}"),
    ("fault http://127.0.0.1:9/admin status 429", 1, "fault: 429: write it as name=value, such"),
    ("fault http://127.0.0.1:{other}/", 1, "fault: no admin API at http://127.0.0.1:"),
    ("fault http://127.0.0.1:{other} status", 1, "Unsupported method ('POST')"),
)  # fmt: skip


class OtherServer(http.server.BaseHTTPRequestHandler):
    """Some server that is none of ours."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[1]")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def ports():
    """The ports of a silent listener and of some other server."""
    with (
        socket.create_server(("127.0.0.1", 0)) as busy,
        http.server.HTTPServer(("127.0.0.1", 0), OtherServer) as other,
    ):
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield {"busy": busy.getsockname()[1], "other": other.server_port}
        other.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to stand in, with a file of noise, a folder and a damaged virtual board."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "folder").mkdir()
    (tmp_path / "noise").write_bytes(b"\xff\x00noise" * 9)
    (tmp_path / "points.csv").write_text("a,b\n")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "flash.img").write_bytes(b"noise")
    # `wherry board` takes signals one by one, for as long as its process lives.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield tmp_path
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_wrong_arguments_are_told_in_a_line(folder, ports):
    for line, code, words in WRONG:
        before = set(os.listdir(folder))
        result = CliRunner().invoke(app, line.format(**ports).split())
        told = " ".join(result.stderr.replace("\u2502", " ").split())
        assert result.exit_code == code, (line, result.exception, told)
        assert words.format(**ports) in told, (line, told)
        assert "Traceback" not in told and isinstance(result.exception, SystemExit), line
        assert set(os.listdir(folder)) == before, line
