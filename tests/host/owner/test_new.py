"""`wherry new` creates a node's two files: it scans the board, asks, and tests the server."""

import shlex
import sqlite3
import stat
import subprocess
import sys
import termios
import tomllib
from contextlib import closing

import pytest
from support.config.plain_node import WITHOUT_SENSORS
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.config import config_file
from wherry_host.demo.rig import Rig
from wherry_host.install import board_choice
from wherry_host.install.trial_point import CHANNEL

from bench.terminal import Terminal

PASSWORD = "hush of the harbour"
AIR = {"access_points": [{"ssid": "harbor-wifi", "bssid": "02:00:00:00:00:01", "channel": 6,
                          "rssi": -52, "password": PASSWORD}]}  # fmt: skip
# "0000-1" is not a UUID.
WITH_A_MISTAKE = "", "", "desk", "garden", "", "sensocan", "0000-1", "token-0123456789"
# Neither an ADS1115 nor an INA219 has an id.
DEVICES = [{"kind": "bme280", "address": 0x76}, {"kind": "ina219", "address": 0x40}]


@pytest.fixture
def rig(tmp_path):
    """A server, and a blank board with two sensors and a Wi-Fi network."""
    folder = tmp_path / "rig"
    folder.mkdir()
    with Rig(folder, scale=10, board={**AIR, "devices": DEVICES}) as made:
        made.board.start()
        yield made


def new(folder, *answers, port=None, board=None):
    """Run `wherry new` with a line for each question; return (exit code, output, error)."""
    options = [*([port] if port else []), *(["--board", board] if board else [])]
    words = ["new", *options, "--config", str(folder / "node.toml")]
    result = CliRunner().invoke(app, words, input="".join(f"{each}\n" for each in answers))
    return result.exit_code, result.stdout, result.stderr


def section(rig):
    return rig.config.typed["uplink"][0]


def server(rig):
    """Return the answers about the rig's server: kind, address, key and CA."""
    return "harbor", section(rig)["endpoint"], section(rig)["api_key"], rig.service.ca


def test_a_new_node_delivers_after_its_deploy(rig, tmp_path):
    # The first driver that fits and the strongest network are offered.
    answers = "", "", "shed", "", PASSWORD, *server(rig)
    code, out, err = new(tmp_path, *answers, port=rig.board.port)
    assert (code, err) == (0, ""), (out, err)
    assert "i2c0: 0x76 bme280 (Bosch BME280)" in out
    assert "Wi-Fi networks that the board sees: harbor-wifi (-52 dBm)" in out
    assert f"The server stored a test point: {CHANNEL} = 1 of shed." in out
    assert out.splitlines()[-1].endswith(f"wherry deploy --config {tmp_path / 'node.toml'}")
    secrets = tmp_path / "secrets.toml"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert PASSWORD in secrets.read_text() and PASSWORD not in (tmp_path / "node.toml").read_text()
    loaded = config_file.load(tmp_path / "node.toml")
    assert loaded.board == "virtual" and loaded.typed["wifi"][0]["password"] == PASSWORD
    assert [each["driver"] for each in loaded.typed["sensor"]] == ["ina219", "bme280", "chip"]
    command = ["deploy", rig.board.port, "--config", str(tmp_path / "node.toml")]
    followed = CliRunner().invoke(app, command)
    assert followed.exit_code == 0 and "The node delivers: harbor has " in followed.stdout
    with closing(sqlite3.connect(rig.service.db)) as db:
        query = "SELECT DISTINCT channel FROM points WHERE device = 'shed'"
        stored = {cargo for (cargo,) in db.execute(query)}
    assert {CHANNEL, "temperature", "chip_temperature", "node_rssi"} <= stored


def test_wrong_answers_repeat_the_questions_with_the_answers_as_defaults(rig, tmp_path):
    kind, endpoint, key, ca = server(rig)
    code, out, err = new(
        tmp_path, *("none", "", "shed", "", PASSWORD, kind, endpoint, "YOUR_API_KEY", ca),
        "y", *("", "", "", "", "", "", "wrong-key-0123456789", ""),
        "y", *("", "", "", "", "", "", key, ""), port=rig.board.port,
    )  # fmt: skip
    assert code == 0, (out, err)
    assert "api_key: a text of 12 characters; replace this placeholder" in err
    assert "HTTP 401" in err and "copy the key from the dashboard again" in err
    assert config_file.load(tmp_path / "node.toml").typed["uplink"][0]["api_key"] == key


def test_a_wrong_answer_is_asked_again_without_showing_passwords_until_ctrl_c(tmp_path):
    command = [sys.executable, "-m", "wherry_host.cli", "new", "--config", "node.toml"]
    with Terminal(command, tmp_path) as new:
        for question, answer in (
            ("battery [mains]: ", "usb\n"),
            ("battery [mains]: ", "\n"),
            ("lists it [esp32_generic]: ", "esp32-c3\n"),
            ("lists it [esp32_generic]: ", "\n"),
            ("at the server [desk]: ", "\n"),
            ("Wi-Fi network: ", "YOUR_WIFI_NAME\n"),
            ("Wi-Fi network: ", "garden\n"),
            ("open network: ", "hushush\n"),
            ("open network: ", PASSWORD + "\n"),
            ("here [harbor]: ", "\n"),
            ("for an ESP32: ", "123\n"),
            ("API key: ", "key-0123"),
        ):
            new.wait(question)
            new.type(answer)
        new.interrupt()
        assert new.end() == 130
        assert termios.tcgetattr(new.fd)[3] & termios.ECHO
    assert 'There is no board "esp32-c3"; ' in new.text
    assert "Replace the example with your own value." in new.text
    assert "Give 8 to 63 bytes" in new.text and "hushush" not in new.text
    assert "garden" in new.text and PASSWORD not in new.text and "key-0123" not in new.text
    assert not list(tmp_path.iterdir())


def test_existing_files_are_left_unchanged(tmp_path):
    (tmp_path / "secrets.toml").write_text(WITHOUT_SENSORS)
    code, _, err = new(tmp_path)
    assert code == 1 and "secrets.toml already exists: edit it, or give --config" in err
    assert (tmp_path / "secrets.toml").read_text() == WITHOUT_SENSORS
    assert not (tmp_path / "node.toml").exists()


def test_files_with_a_mistake_exist_only_if_the_user_accepts_it(tmp_path):
    code, _, err = new(tmp_path, *WITH_A_MISTAKE)
    assert code == 1 and "the answers end before the last question" in err
    assert not list(tmp_path.iterdir())


def test_a_minus_removes_the_password_of_the_previous_round(tmp_path):
    wrong = [*WITH_A_MISTAKE[:4], PASSWORD, *WITH_A_MISTAKE[5:]]
    code, _, err = new(tmp_path, *wrong, "y", *("", "", "", "", "-", "", "", ""), "n")
    assert code == 1 and "mistakes to correct in node.toml" in err
    assert "password" not in (tmp_path / "secrets.toml").read_text()


def test_an_impossible_folder_is_refused_before_the_first_question(tmp_path):
    (tmp_path / "file").write_text("")
    code, out, err = new(tmp_path / "file")
    assert (code, out) == (1, "") and "not a folder; give --config in a folder" in err


def test_an_unknown_board_is_refused_before_the_first_question(tmp_path):
    code, out, err = new(tmp_path, board="foo")
    assert (code, out) == (1, "") and 'no board "foo"; the boards are: esp32_c3_generic,' in err


def test_a_node_on_a_battery_samples_rarely_and_its_forecast_is_next(rig, tmp_path, monkeypatch):
    # Several boards fit, so the first question is about them.
    fitting = ["virtual", "virtual_ring"]
    monkeypatch.setattr(board_choice, "boards_at", lambda target, name: fitting)
    answers = "virtual_ring", "none", "battery", "shed", "", PASSWORD, *server(rig)
    code, out, err = new(tmp_path, *answers, port=rig.board.port)
    assert (code, err) == (0, ""), (out, err)
    assert "  virtual_ring         virtual ESP32 with a ring" in out
    assert "measured on GPIO 34, which needs two resistors" in out
    forecast, deploy = out.splitlines()[-2:]
    assert deploy == f"Then: wherry deploy --config {tmp_path / 'node.toml'}"
    loaded = config_file.load(tmp_path / "node.toml")
    typed = loaded.typed
    assert loaded.board == "virtual_ring"
    assert typed["node"]["sample_every_ms"] == 600_000
    assert typed["node"]["send_every_ms"] == 3_600_000
    assert [each["driver"] for each in typed["sensor"]] == ["bme280", "chip", "battery"]
    # The line that is commented out is right, and so is the forecast's command.
    node = tmp_path / "node.toml"
    node.write_text(node.read_text().replace("# capacity_mah = 3000", "capacity_mah = 2500"))
    said = CliRunner().invoke(app, shlex.split(forecast.removeprefix("Next: wherry ")))
    assert said.exit_code == 0 and "on a cell of 2500 mAh" in said.stdout, said.output


def test_limits_of_a_board_on_a_battery_are_printed(tmp_path):
    rest = "desk", "garden", "", "harbor", "https://127.0.0.1:9/api/v2/ingest/1", "key-0123456", ""
    _, out, err = new(tmp_path, "battery", "esp32_generic", *rest, "n")
    assert "firebeetle_esp32 (10 µA)" in out
    assert "esp32_generic draws 3800 µA in deep sleep." in out
    assert "esp32_generic stops below 4400 mV" in out
    assert "the server has not accepted the test" in err
    other = tmp_path / "other"
    _, out, err = new(other, "battery", *rest, "n", board="m5stack_atom")
    assert "m5stack_atom has no battery divider" in out
    assert 'driver = "battery"' not in (other / "node.toml").read_text()
    assert "[[sensor]]" not in err and "[power]" not in err


def test_git_does_not_see_the_secrets(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    code, out, err = new(tmp_path, *WITH_A_MISTAKE, "n")
    assert code == 1 and "mistakes to correct in node.toml, line 14. Then: wherry check" in err
    assert "Next:" not in out
    status = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    assert "node.toml" in seen and "secrets.toml" not in seen
    assert tomllib.loads((tmp_path / "secrets.toml").read_text()) == {
        "wifi": [{}],
        "uplink": [{"token": "token-0123456789"}],
    }
