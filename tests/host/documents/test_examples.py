"""The sensor, the uplink and the board of tests/examples/, added to a copy of the tree."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from support.places import ROOT

EXAMPLES = ROOT / "tests/examples"
TIMEOUT_S = 600
NODE = """
[node]
name = "garden"
board = "garden_board"

[power]
source = "battery"

[[wifi]]
ssid = "greenhouse"
password = "tomatoes"

[[sensor]]
driver = "lm75"

[[uplink]]
kind = "influx"
endpoint = "https://influx.example:8086"
database = "garden"
token = "a-secret-token"
"""
PLAN = """
import sys
from pathlib import Path
from wherry_host.config import config_file
from wherry_host.install import deploy
plan = deploy.plan(config_file.load(Path(sys.argv[1])), "garden_board")
print(*sorted(plan.modules.values()))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a copy of the tree with the examples; no file of the tree is replaced."""
    folder = tmp_path_factory.mktemp("tree")
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("lib", "tools", "firmware", "boards"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for path in EXAMPLES.rglob("*"):
        target = folder / path.relative_to(EXAMPLES)
        if path.is_file() and path.suffix != ".md" and "__pycache__" not in path.parts:
            assert not target.exists(), target
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target)
    return folder


def run(tree, *arguments):
    """Run Python with the tree's modules; return the finished process."""
    environment = {**os.environ, "PYTHONPATH": f"{tree / 'lib'}:{tree / 'tools'}"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip


def wherry(tree, *arguments):
    return run(tree, "-c", "from wherry_host.cli import main; main()", *arguments)


def test_a_node_with_the_sensor_delivers_to_the_server_and_the_account_balances(tree):
    seconds = ("--seconds", "20", "--scale", "2", "--seed", "1")
    done = wherry(
        tree, "demo", *seconds, "--uplink", "influx", "--sensors", "lm75,bme280", "--json"
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    account = json.loads(done.stdout.splitlines()[-1])
    assert account["delivered"] == account["uplinks"]["influx"]["delivered"] > 50


def test_the_commands_know_the_driver_and_the_board(tree, tmp_path):
    assert "lm75" in wherry(tree, "sensors").stdout
    assert "garden_board" in wherry(tree, "boards").stdout
    (tmp_path / "node.toml").write_text(NODE)
    checked = wherry(tree, "check", "--config", tmp_path / "node.toml")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_slot_of_the_board_has_the_modules_of_both(tree, tmp_path):
    (tmp_path / "node.toml").write_text(NODE)
    done = run(tree, "-c", PLAN, tmp_path / "node.toml")
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert {"wherry.sensors.lm75", "wherry.uplinks.influx.dialect"} <= set(found)
