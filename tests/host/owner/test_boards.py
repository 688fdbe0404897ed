"""The boards in boards/, their table in docs/boards.md, and the errors of a wrong board file."""

import json
from pathlib import Path

import pytest
from support.config.wrong_files import PLAIN as PLAIN_CONFIG
from support.places import ROOT
from typer.testing import CliRunner
from wherry_host import partitions
from wherry_host.cli.commands import app
from wherry_host.config import boards
from wherry_host.errors import BoardError

DOCUMENT = ROOT / "docs" / "boards.md"
REAL = {
    "esp32_c3_generic", "esp32_c6_devkitc", "esp32_generic", "esp32_s2_saola", "esp32_s3_devkitc",
    "firebeetle_esp32", "lilygo_tcall", "lolin_d32", "m5stack_atom", "tinypico", "ttgo_lora32",
    "xiao_esp32c3", "xiao_esp32c6", "xiao_esp32s3",
}  # fmt: skip

PLAIN = """
name = "a board"
chip = "esp32"
image = "from nowhere"
flash_offset = 0x1000
flash_size = 0x400000
filesystem_size = 0x200000
"""

UART = "[buses.%s]\nuart = %d\ntx = 17\nrx = 16\nbaud = 9600\n"

I2C = "[buses.%s]\n%s\nscl = 22\nsda = 21\nfreq_hz = 100000\nsoft = false\n"

LED = "[led]\npin = %d\nactive_low = false\n"

BATTERY = "[battery]\nadc_pin = %d\nratio_milli = 2000\n"

# (text of the file, text of the error)
WRONG = (
    (PLAIN.replace('chip = "esp32"', 'chip = "avr"'), "chip: give one of esp32, esp32s2"),
    (PLAIN.replace("0x1000", "true"), "flash_offset: True; give a whole number from 0 to 65536"),
    (PLAIN + "color = 'red'", "color: unknown key; known here: name, chip"),
    (PLAIN + "wlog_size = 0x10001", "wlog_size: 0x10001; give a multiple of 0x1000, a block of"),
    (
        PLAIN.replace("0x200000", "0x1f0001") + "wlog_size = 0x10000",
        "filesystem_size: 0x1f0001; give a multiple of 0x1000, a block of the flash",
    ),
    (
        PLAIN + "wlog_size = 0x200000",
        "wlog_size: with filesystem_size it takes 0x400000 of the flash's 0x400000 bytes; lower",
    ),
    (PLAIN + "buses = 3", "buses: write each bus as [buses.NAME]"),
    (
        PLAIN + "[buses.i2c0]\nscl = 99\nsda = 1\nfreq_hz = 1000\nsoft = false",
        "buses.i2c0.scl: 99",
    ),
    (PLAIN + I2C % ("a", "") + I2C % ("b", ""), "buses.b.i2c: 0, as buses.a; give 1, or soft = t"),
    (PLAIN + I2C % ("a", "i2c = 2"), "buses.a.i2c: 2; give a whole number from 0 to 1"),
    (
        (PLAIN + I2C % ("a", "i2c = 1")).replace('"esp32"', '"esp32c3"'),
        "buses.a.i2c: 1; esp32c3 has none but 0: give soft = true",
    ),
    (
        PLAIN + (I2C % ("a", "i2c = 1")).replace("false", "true"),
        "buses.a.i2c: a soft bus has none; remove it",
    ),
    (PLAIN + UART % ("gps", 3), "buses.gps.uart: 3; give a whole number from 1 to 2"),
    (PLAIN + UART % ("a", 1) + UART % ("b", 1), "buses.b.uart: 1, as buses.a; give another"),
    (
        (PLAIN + UART % ("gps", 2)).replace('"esp32"', '"esp32c3"'),
        "buses.gps.uart: 2; esp32c3 has none but 1 beside the console",
    ),
    # Pins that the chip lacks, or that lack this function.
    (
        PLAIN + LED % 24,
        "led.pin: 24, which esp32 does not have; give one of 4, 13-14, 16-19, 21-23",
    ),
    (PLAIN + LED % 6, "led.pin: 6, a pin of the flash; give one of 4, 13-14"),
    (PLAIN + LED % 34, "led.pin: 34, an input only; give one of 4, 13-14"),
    ((PLAIN + LED % 18).replace('"esp32"', '"esp32c3"'), "led.pin: 18, a pin of USB; give one of"),
    (PLAIN + (UART % ("a", 1)).replace("17", "39"), "buses.a.tx: 39, an input only; give one of"),
    (
        PLAIN + BATTERY % 4,
        "battery.adc_pin: 4 on ADC2, which does not work while Wi-Fi is on; give ",
    ),
    (PLAIN + BATTERY % 18, "battery.adc_pin: 18, a pin without an ADC; give one of 32-39"),
    (PLAIN + LED % 2 + "[used]\n2 = 'buzzer'", "led.pin: 2, as used.2; remove one of the two"),
    (PLAIN + "used = [16]", "used: write it as a table, [used], with lines such as 16 = "),
    (
        PLAIN + "[used]\n24 = 'PSRAM'",
        "used.24: not a pin of esp32; give one of 0-19, 21-23, 25-27",
    ),
    (PLAIN + "[used]\n16 = ''", "used.16: ''; give a text of 1 to 60 characters"),
    (
        PLAIN.replace("0x200000", "0x10000000"),
        "filesystem_size: it takes 0x10000000 of the flash's 0x400000 bytes; lower it",
    ),
    (
        PLAIN + I2C.replace("21", "22") % ("a", ""),
        "buses.a.sda: 22, as buses.a.scl; give each its",
    ),
    (PLAIN + "used = 3", "used: write it as a table, [used]"),
    (PLAIN + I2C % ("a", "i2c = [1]"), "buses.a.i2c: [1]; give a whole number from 0 to 1"),
    ("name = ", "no TOML"),
)


def test_every_board_is_valid_and_fits_json():
    others = {"esp32_generic_ring", "virtual", "virtual_ring"}
    assert set(boards.names()) == REAL | others and len(REAL) == 14
    for name in boards.names():
        board = boards.load(name)
        assert "i2c0" in json.loads(json.dumps(boards.for_device(board)))["buses"], name
        assert board["filesystem_size"] <= board["flash_size"], name
        if "wlog_size" in board:
            partitions.with_ring(partitions.STOCK, board)


def test_the_device_gets_no_keys_for_the_host():
    reported = {key for name in boards.names() for key in boards.for_device(boards.load(name))}
    assert reported == {
        "name", "chip", "filesystem_size", "wlog_size", "buses", "battery", "led",
    }  # fmt: skip
    assert boards.for_device(boards.load("virtual_ring"))["wlog_size"] == 0x100000
    # It does not get buses that the node does not use, because they would fill its heap.
    kept = boards.for_device(boards.load("virtual"), {"i2c0", "gps", "nowhere"})
    assert set(kept["buses"]) == {"i2c0", "gps"}


def test_the_document_has_a_row_for_each_board():
    lines = DOCUMENT.read_text().splitlines()
    for name in boards.names():
        board = boards.load(name)
        pin = f"GPIO {board['battery']['adc_pin']}" if "battery" in board else ""
        asleep = f"{board['sleep_current_ua']} µA" if "sleep_current_ua" in board else ""
        cells = (
            f"`{name}`", board["name"], f"`{board['chip']}`", f"{board['flash_size'] >> 20} MiB",
            "{sda} / {scl}".format(**board["buses"]["i2c0"]), ", ".join(board["buses"]), pin,
            asleep, image_link(board["image"]),
        )  # fmt: skip
        row = "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"
        assert [line for line in lines if line.startswith(f"| `{name}` |")] == [row], row


def image_link(image):
    """Return the link to an image's page, "" for a board without an image of its own."""
    file, _, address = image.partition(" from ")
    return f"[{file.partition('-<')[0]}]({address})" if address else ""


def test_an_own_file_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BoardError) as caught:
        boards.load("my_board.toml")
    assert "wherry boards esp32_generic > my_board.toml" in str(caught.value)
    runner = CliRunner()
    printed = runner.invoke(app, ["boards", "lolin_d32"]).stdout
    Path("my_board.toml").write_text(printed + "[used]\n32 = 'relay'\n")
    assert boards.load("my_board.toml") == {**boards.load("lolin_d32"), "used": {"32": "relay"}}
    # In [node], the path is relative to the configuration.
    (tmp_path / "site").mkdir()
    for path, code, text in (
        ("../my_board.toml", 0, "is right for site/../my_board.toml: "),
        ("none.toml", 1, '[node]: board: "none.toml"; no such file'),
    ):
        named = PLAIN_CONFIG.replace('ca = "roots.pem"\n', "").replace(
            "[node]", f'[node]\nboard = "{path}"'
        )
        (tmp_path / "site" / "node.toml").write_text(named)
        result = runner.invoke(app, ["check", "--config", "site/node.toml"])
        assert result.exit_code == code and text in result.output, result.output


def test_every_board_is_for_a_chip_with_its_offset_and_leaves_the_stock_application():
    for name in boards.names():
        board = boards.load(name)
        first = board["chip"] in ("esp32", "esp32s2")
        assert board["flash_offset"] == (0x1000 if first else 0), name
        size = board["filesystem_size"] + board.get("wlog_size", 0)
        assert board["flash_size"] - size == partitions.STOCK[-1].end, name


def test_wrong_files(tmp_path):
    for text, expected in WRONG:
        (tmp_path / "b.toml").write_text(text)
        with pytest.raises(BoardError) as caught:
            boards.load("b", tmp_path)
        assert expected in str(caught.value), (expected, str(caught.value))
        assert str(caught.value).startswith("b.toml: ")
