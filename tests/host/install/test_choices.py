"""Port, board and image: a single one is used; if there are several, the user must name one."""

import pytest
from serial.tools.list_ports_common import ListPortInfo
from support.boards.chips import chip
from support.boards.flash_images import image_for, written
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.config.boards import virtual_flash
from wherry_host.errors import DeployError, FlashError, NoPortError
from wherry_host.install import board_choice, ports
from wherry_host.install.flash import flash, newest_image
from wherry_host.install.target_port import PortTarget
from wherry_host.virtual.board import VirtualBoard

NODE = """[node]

[[wifi]]
ssid = "garden"

[[uplink]]
kind = "harbor"
harbor_id = "123"
api_key = "0123456789abcdef"

[[sensor]]
driver = "bme280"
"""


def usb(device, vid, description="USB Serial"):
    """Return pyserial's description of a port; `vid` is None for one that is not on USB."""
    info = ListPortInfo(device, skip_link_detection=True)
    info.vid, info.description = vid, description
    return info


@pytest.fixture
def plugged(monkeypatch):
    """The ports of this computer as pyserial lists them, for the test to fill."""
    entries = []
    monkeypatch.setattr(ports, "comports", lambda: entries)
    return entries


def test_the_only_usb_port_of_a_possible_board_is_used(plugged):
    said = []
    assert ports.chosen_port("/dev/mine") == "/dev/mine"
    plugged += [usb("/dev/ttyS0", None), usb("/dev/ttyACM0", 0x2341, "Another")]
    with pytest.raises(NoPortError, match=r"no board at a USB port.*: /dev/ttyACM0, /dev/ttyS0"):
        ports.chosen_port(None, said.append)
    plugged.append(usb("/dev/ttyUSB0", 0x10C4, "CP2102"))
    assert ports.chosen_port(None, said.append) == "/dev/ttyUSB0"
    assert said == ["Port: /dev/ttyUSB0 (CP2102)."]
    plugged.append(usb("/dev/ttyACM1", 0x303A, "ESP32-C3"))
    several = r"/dev/ttyACM1 \(ESP32-C3\), /dev/ttyUSB0 \(CP2102\); name one of them"
    with pytest.raises(DeployError, match=several) as caught:
        ports.chosen_port(None, said.append)
    # `wherry new` works without a board, but does not choose one.
    assert not isinstance(caught.value, NoPortError)


@pytest.mark.parametrize(
    ("build", "name", "has_ring", "first", "count"),
    [
        ("ESP32_GENERIC", "esp32", False, "esp32_generic", 3),
        ("ESP32_GENERIC", "esp32", True, "esp32_generic_ring", 1),
        ("UM_TINYPICO", "esp32", False, "tinypico", 1),
        ("SEEED_XIAO_ESP32C3", "esp32c3", False, "xiao_esp32c3", 1),
        ("", "esp32s3", False, "esp32_s3_devkitc", 1),
        ("", "esp32p4", False, None, 0),
    ],
)
def test_an_image_or_a_chip_selects_the_boards(build, name, has_ring, first, count):
    found = board_choice.fitting(build, name, has_ring)
    assert len(found) == count and (found or [None])[0] == first


class Says:
    """A board that identifies itself by a build and a machine."""

    def __init__(self, build, machine):
        self.identity = lambda: (build, machine)

    def ring_size(self):
        return 0


def test_a_board_of_another_chip_is_refused():
    said = []
    c3 = Says("ESP32_GENERIC_C3", "ESP32C3 module with ESP32-C3")
    with pytest.raises(DeployError, match="the chip esp32c3, and esp32_generic has esp32; name"):
        board_choice.board_at(c3, "esp32_generic", said.append)
    assert board_choice.board_at(c3, "xiao_esp32c3", said.append) == "xiao_esp32c3"
    assert not said
    assert board_choice.board_at(c3, None, said.append) == "esp32_c3_generic"
    plain = Says("ESP32_GENERIC", "Generic ESP32 module with ESP32")
    assert board_choice.board_at(plain, None, said.append) == "esp32_generic"
    assert said[0] == "Board: esp32_c3_generic."
    assert said[1].startswith("Board: esp32_generic; if it is firebeetle_esp32 or lolin_d32, name")
    for name in (None, "esp32_generic"):
        with pytest.raises(
            DeployError, match='not an ESP32: it is "Raspberry Pi Pico with RP2040"'
        ):
            board_choice.board_at(Says("", "Raspberry Pi Pico with RP2040"), name, said.append)
    with pytest.raises(
        DeployError, match='wherry has no board that fits "ESP32P4 module with ESP32-P4"'
    ):
        board_choice.board_at(Says("", "ESP32P4 module with ESP32-P4"), None, said.append)


def test_deploy_without_arguments_takes_the_only_port_and_the_boards_own_name(
    plugged, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "node.toml").write_text(NODE)
    with VirtualBoard(tmp_path / "board", **virtual_flash("virtual_ring")) as board:
        plugged.append(usb(board.port, 0x303A, "A board"))
        result = CliRunner().invoke(app, ["deploy", "--no-follow"])
        lines = result.stdout.splitlines()
        assert result.exit_code == 0, result.output
        assert lines[0] == f"Port: {board.port} (A board)."
        assert lines[-1].endswith("a.app starts.")
        with PortTarget(board.port) as target:
            assert b'"wlog_size"' in target.read("/a.app")


def test_a_wrong_configuration_leaves_the_board_running(plugged, tmp_path):
    node = tmp_path / "node.toml"
    node.write_text(NODE + 'bus = "i2c9"\n')
    with VirtualBoard(tmp_path / "board") as board:
        with PortTarget(board.port) as target:
            target.write("/main.py", b"print('it', 'runs')")
            target.restart()
        board.wait_line("it runs")
        seen = len(board.lines)
        result = CliRunner().invoke(app, ["deploy", board.port, "--config", str(node)])
        # The buses are known once the board is known.
        assert result.exit_code == 1 and 'bus: "i2c9"; give a bus of virtual' in result.stderr
        board.wait_line("it runs", since=seen)


def test_flash_asks_the_chip_and_takes_the_newest_image_here(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    image = image_for(5, 0)
    for name in ("20260101-v1.27.0", "20260824-v1.29.0"):
        written(tmp_path / f"ESP32_GENERIC_C3-{name}.bin", image)
    written(tmp_path / "ESP32_GENERIC-20260824-v1.29.0.bin", image)
    said = []
    with chip("esp32c3") as there:
        flash(None, there.url, None, report=said.append)
        assert there.flash[: len(image)] == image
    assert said[:2] == [
        "Board: esp32_c3_generic.",
        "Image: ESP32_GENERIC_C3-20260824-v1.29.0.bin.",
    ]
    assert "Verification successful" in capsys.readouterr().out
    with pytest.raises(FlashError, match="no image in this folder: download UM_TINYPICO-<date>"):
        newest_image(
            {"image": "UM_TINYPICO-<date>-v1.29.0.bin from https://micropython.org"}, print
        )


def test_a_board_in_the_configuration_is_checked_and_used(tmp_path):
    node = tmp_path / "node.toml"

    def checked(name, *more):
        node.write_text(NODE.replace("[node]", f'[node]\nboard = "{name}"', 1))
        return CliRunner().invoke(app, ["check", "--config", str(node), *more])

    assert "is right for xiao_esp32s3: a slot" in checked("xiao_esp32s3").stdout
    assert "is right for tinypico: a slot" in checked("xiao_esp32s3", "--board", "tinypico").stdout
    wrong = checked("xiao_esp32s33")
    assert wrong.exit_code == 1 and '"xiao_esp32s33"; did you mean "xiao_esp32s3"?' in wrong.stderr
    assert "node.toml, line " in wrong.stderr
