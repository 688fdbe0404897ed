"""`wherry doctor` on a board next to a local server: its findings; the node continues."""

import json
import subprocess
import sys

import pytest
from support.places import BIN
from wherry_host.demo.rig import Rig

CHECKS = (
    "version", "flash", "queue", "sensors", "battery", "Wi-Fi", "signal", "address", "names",
    "time", "certificate", "server",
)  # fmt: skip
BAD_KEY = "not-the-key"
DELIVERY_TIMEOUT_S = 30
#: The checks that need Wi-Fi.
NETWORK = ("signal", "address", "names", "time", "certificate", "server")


def doctor(rig, *options):
    """Return the exit code and the output of the command for the board of a Rig."""
    command = [sys.executable, "-m", "wherry_host.cli", "doctor", rig.board.port]
    command += ["--config", str(rig.folder / "node.toml"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def found(rig):
    """Return the exit code, and {check: [outcome, text, remedy]} of each check's worst outcome."""
    code, text = doctor(rig, "--json")
    results = {}
    for finding in json.loads(text):
        check = finding.pop("check")
        if check not in results or finding["is_right"] is False:
            results[check] = list(finding.values())
    return code, results


def test_a_healthy_node_passes_each_check_and_continues_to_deliver():
    with Rig() as rig:
        rig.deploy_image()
        rig.board.start()
        rig.board.wait_line("harbor: delivered", DELIVERY_TIMEOUT_S)
        code, text = doctor(rig)
        assert code == 0, text
        *lines, last = text.splitlines()
        assert [line.split()[0] for line in lines] == ["ok"] * len(lines)
        assert {line.split()[1] for line in lines} == set(CHECKS)
        assert last == f"{len(lines)} passed, 0 failed, 0 not made."
        seen = len(rig.board.lines)
        rig.board.wait_line("harbor: delivered", DELIVERY_TIMEOUT_S, seen)


def test_a_board_whose_clock_is_not_set_judges_certificates_and_keeps_its_clock():
    with Rig() as rig:
        rig.board.start()
        code, results = found(rig)
        assert code == 0 and results["certificate"][0] is results["server"][0] is True
        # Rows in RTC memory would be dated by it.
        assert year(rig.board.port) == "2000"


def year(port):
    """Return the year of a board's RTC; nothing runs on the board."""
    mpremote = BIN / "mpremote"
    command = [mpremote, "connect", port, "exec", "import time; print(time.localtime()[0])"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("changes", "server", "check", "text", "remedy"),
    [
        ({"wifi": [{"ssid": "harbor-wifi", "password": "wrong-word"}]}, {}, "Wi-Fi",
         "wrong password", "Correct `password`"),
        ({}, {"certificate": "other_authority"}, "certificate", "trusted CA", "Give the CA"),
        ({"sensor": [{"driver": "sht3x", "address": 0x44}]}, {}, "sensors", "no answer",
         "check its wires"),
    ],
    ids=["password", "authority", "sensor"],
)  # fmt: skip
def test_a_fault_is_named_with_its_remedy(changes, server, check, text, remedy):
    with Rig(config=changes, server=server) as rig:
        rig.board.start()
        code, results = found(rig)
        assert code == 1
        is_right, seen, advice = results[check]
        assert is_right is False and text in seen and remedy in advice
        # No program has ever run on this board.
        assert results["queue"][0] is None and "no node" in results["queue"][1]
        if check == "Wi-Fi":
            assert all(results[each][0] is None for each in NETWORK)


def test_a_web_page_is_no_stored_point():
    with Rig() as rig:
        rig.board.start()
        rig.service.set_faults({"kind": "page"})
        code, results = found(rig)
        assert code == 1 and results["certificate"][0] is True
        assert results["server"] == [
            False, 'harbor: HTTP 200, but a web page: "Sign in to this network"',
            "another server answers: correct the address, or sign in to the network first",
        ]  # fmt: skip


def test_a_refused_key_is_a_finding_about_the_server():
    with Rig() as rig:
        rig.deploy_image()
        rig.board.start()
        config = rig.folder / "node.toml"
        config.write_text(config.read_text().replace(rig.service.api_key, BAD_KEY))
        code, results = found(rig)
        assert code == 1 and results["certificate"][0] is True
        is_right, text, remedy = results["server"]
        assert is_right is False and "HTTP 401" in text and "key" in remedy
