"""Wrong arguments of every command: the text, the exit code, and no traceback.

Exit code 2 is for errors of the parser, 1 for errors of the command.
"""

import http.server
import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest
from support import places
from typer.testing import CliRunner
from wherry_host.cli.commands import app

EXAMPLE = str(places.EXAMPLE)
START = "correct the path, or make one with `wherry new`"
LEAVE = "correct the path, or leave --secrets out"
BOARDS = (
    "the boards are: esp32_c3_generic, esp32_c6_devkitc, esp32_generic, esp32_generic_ring, "
    "esp32_s2_saola, esp32_s3_devkitc, firebeetle_esp32, lilygo_tcall, lolin_d32, m5stack_atom, "
    "tinypico, ttgo_lora32, virtual, virtual_ring, xiao_esp32c3, xiao_esp32c6, xiao_esp32s3"
)
IMAGE = "this board takes ESP32_GENERIC-<date>-v1.29.0.bin from https://micropython.org/download/"
FLASH = "flash x --board esp32_generic --image "
NO_API = "give the address that `wherry server` prints"
PLACES = "give a port such as /dev/ttyUSB0, a copy of a node's /data, or an image of its flash"
TABLES = "give the file of `wherry server --db`, or a CSV with time, ship_id, cargo_id and value"
READ_ONLY = "only read here; an order needs the node itself: give its port, such as /dev/ttyUSB0"
DAY = "2026-11-20T08:00:00Z"
IN_UTC = f"write it in UTC as {DAY}"
CLOCK = "give the file that a virtual board made"
NEW_FILE = "give a new file in a folder that can be written, or one of an earlier run"

# (command line, exit code, text of the error); {busy} is a port in use.
WRONG = (
    ("sail", 2, "no such command sail; see `wherry --help`"),
    ("check", 1, f"node.toml: No such file or directory; {START}"),
    ("check --config", 2, "--config: give a value; see `wherry check --help`"),
    ("check node.toml", 1, "node.toml: a port is for --read; name the file with --config"),
    ("check --config none.toml", 1, f"none.toml: No such file or directory; {START}"),
    ("check --config folder", 1, f"folder: Is a directory; {START}"),
    (f"check --config {EXAMPLE} --secrets none", 1, f"none: No such file or directory; {LEAVE}"),
    (f"check --config {EXAMPLE} --secrets noise", 1, "noise, line 1: not UTF-8; save it as UTF-8"),
    (f"check --config {EXAMPLE} --board esp32", 1, f'there is no board "esp32"; {BOARDS}'),
    (f"deploy --config {EXAMPLE}", 1, "no board at a USB port here: connect it by a cable that"),
    (f"deploy /dev/none --config {EXAMPLE}", 1, "there is no port /dev/none; ports here: "),
    (f"deploy folder --config {EXAMPLE}", 1, "folder is not a serial port; give one such as"),
    (f"deploy foo://x --config {EXAMPLE}", 1, "foo://x is not a serial port (invalid URL, "),
    ("flash --image x", 1, "no board at a USB port here: connect it by a cable that carries data"),
    ("flash x --board esp32_generic", 1, "no image in this folder: download ESP32_GENERIC-<date>"),
    (FLASH + "none.bin", 1, f"none.bin: No such file or directory; {IMAGE}"),
    (FLASH + "noise", 1, "it does not begin like an ESP32 image (0xE9); this"),
    ("boards esp32", 1, 'there is no board "esp32"; the boards are: esp32_c3_generic, '),
    ("boards a b", 2, "unexpected argument: b; see `wherry boards --help`"),
    ("board --dir noise", 2, "--dir: noise: File exists; name a new folder"),
    ("board --dir damaged --config " + EXAMPLE, 1, "the board's filesystem is damaged: erase it"),
    ("board --scale 0", 2, "--scale: 0 is less than 0.1; see `wherry board --help`"),
    ("board --scale nan", 2, "--scale: nan is not a number"),
    ("board --dns here", 2, "--dns: here; give 127.0.0.1:PORT"),
    ("board --sntp 127.0.0.1:99999", 2, "--sntp: 127.0.0.1:99999; give 127.0.0.1:PORT"),
    ("server --port http", 2, "--port: http is not a whole number"),
    ("server --port 65536", 2, "--port: 65536 is more than 65535"),
    ("server --page-port -1", 2, "--page-port: -1 is less than 0"),
    ("server --port {busy}", 1, "the server cannot start: port {busy}: Address already in use"),
    ("server --db folder", 1, f"folder: unable to open database file; {NEW_FILE}"),
    ("server --db noise", 1, f"noise: file is not a database; {NEW_FILE}"),
    ("server --clock none", 1, f"cannot start: none: No such file or directory; {CLOCK}"),
    ("server --clock noise", 1, f"noise is not a clock file: {CLOCK}"),
    ("demo --seconds 1e999", 2, "--seconds: 1e999 is more than 86400"),
    ("demo --uplink x", 2, "--uplink: x is not one of harbor, harbor_v1, here, sensocan; see "),
    ("demo --sed 1", 2, "no such option --sed (did you mean --seed or "),
    ("demo --scale 100", 2, "--scale: 100 is more than 20"),
    ("demo --db folder", 1, f"folder: unable to open database file; {NEW_FILE}"),
    ("queue dmp folder", 2, "no such command dmp (did you mean dump?); see `wherry queue --help`"),
    ("queue dump", 1, "no board at a USB port here: connect it by a cable that carries data, or"),
    ("queue dump folder --csv --json", 2, "give --csv or --json, not both"),
    ("queue dump none", 1, f"none: No such file or directory; {PLACES}"),
    ("queue dump folder", 1, f"folder: has no node data yet; {PLACES}"),
    ("queue dump noise", 1, "noise: holds no littlefs that can be read; dump it from the board"),
    ("queue stats damaged", 1, "damaged/flash.img: holds no littlefs that can be read; dump it"),
    ("queue aside /dev/null", 1, "/dev/null is not a serial port; give one such as"),
    ("queue aside socket://127.0.0.1:9", 1, "nothing answers at socket://"),
    ("queue flush folder", 1, f"folder: {READ_ONLY}"),
    ("queue resend noise", 1, f"noise: {READ_ONLY}"),
    ("queue flush /dev/null --wait 0", 2, "--wait: 0 is less than 1; see `wherry"),
    ("queue replay /dev/null", 2, "missing option --from; see `wherry queue replay --help`"),
    ("queue replay /dev/null --from noon --to x", 1, f'--from: "noon" is not a time; {IN_UTC}'),
    (f"queue replay x --from {DAY} --to {DAY[:-1]}", 1, f"{DAY[:-1]} has no time zone; {IN_UTC}"),
    (f"queue replay x --from 1999{DAY[4:]} --to {DAY}", 1, f"is not of this century; {IN_UTC}"),
    (f"queue replay x --from {DAY} --to 2026-11-20T07:59:59Z", 1, "is before --from; swap"),
    ("audit", 2, "missing argument TABLE; see `wherry audit --help`"),
    ("audit none.db", 1, f"none.db: No such file or directory; {TABLES}"),
    ("audit noise", 1, f"noise: neither SQLite nor text in UTF-8; {TABLES}"),
    ("audit points.csv", 1, "points.csv, line 1: the header must name the columns time, ship_id"),
    ("fault", 2, "missing argument ADMIN; see `wherry fault --help`"),
    ("fault here", 1, "no admin API at here: Request URL is missing an 'http://' or"),
    ("fault http://127.0.0.1:9/admin", 1, f"Connection refused; {NO_API}"),
    ("fault http://127.0.0.1:9/admin status 429", 1, "429: write it as name=value, such"),
    ("fault http://127.0.0.1:{other}/", 1, "no admin API at http://127.0.0.1:"),
    ("fault http://127.0.0.1:{other} status", 1, "Unsupported method ('POST')"),
)  # fmt: skip


class OtherServer(http.server.BaseHTTPRequestHandler):
    """A server of another kind."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[1]")

    def log_message(self, *_):
        """Log nothing."""


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
    """The current folder, with a file of noise, a folder and a damaged virtual board."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "400")
    (tmp_path / "folder").mkdir()
    (tmp_path / "noise").write_bytes(b"\xff\x00noise" * 9)
    (tmp_path / "points.csv").write_text("a,b\n")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "flash.img").write_bytes(b"noise")
    # `wherry board` handles signals one by one, as long as its process lives.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    yield tmp_path
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_wrong_arguments_are_reported_in_one_style(folder, ports):
    for line, code, words in WRONG:
        before = set(os.listdir(folder))
        result = CliRunner().invoke(app, line.format(**ports).split())
        reported = result.stderr
        assert result.exit_code == code, (line, result.exception, reported)
        assert words.format(**ports) in reported, (line, reported)
        assert "Traceback" not in reported and isinstance(result.exception, SystemExit), line
        # A fault of a configuration begins with its place.
        assert reported.startswith(("wherry: error: ", words)) and reported.endswith("\n"), (
            line,
            reported,
        )
        assert (re.search("; see `wherry[a-z -]* --help`\n$", reported) is not None) == (
            code == 2
        ), line
        assert set(os.listdir(folder)) == before, line


def test_faults_of_a_configuration_have_no_prefix(folder):
    lines = Path(EXAMPLE).read_text("utf-8").splitlines()
    at = lines.index("[node]") + 1
    for count in (1, 2):
        wrong = lines[:at] + [f"colour{i} = 1" for i in range(count)] + lines[at:]
        (folder / "node.toml").write_text("\n".join(wrong), "utf-8")
        result = CliRunner().invoke(app, ["check", "--config", "node.toml"])
        reported = result.stderr.splitlines()
        assert result.exit_code == 1 and len(reported) == count, reported
        for i, line in enumerate(reported):
            assert line.startswith(f"node.toml, line {at + 1 + i}: [node]: colour{i}"), line
