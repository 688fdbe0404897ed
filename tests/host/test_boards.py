"""The boards in boards/, and the words for a board file that is wrong."""

import json

import pytest
from wherry_host import partitions
from wherry_host.config import boards
from wherry_host.errors import BoardError

PLAIN = """
name = "a board"
chip = "esp32"
image = "from nowhere"
flash_offset = 0x1000
flash_size = 0x400000
filesystem_size = 0x200000
sleep_current_ua = 10
"""

UART = "[buses.%s]\nuart = %d\ntx = 17\nrx = 16\nbaud = 9600\n"

I2C = "[buses.%s]\n%s\nscl = 22\nsda = 21\nfreq_hz = 100000\nsoft = false\n"

# (text of the file, what the error must say)
WRONG = (
    (PLAIN.replace('chip = "esp32"', 'chip = "avr"'), "chip: give one of esp32, esp32s2"),
    (PLAIN.replace("flash_offset = 0x1000", ""), "flash_offset: missing; give a whole number"),
    (PLAIN.replace("0x1000", "true"), "flash_offset: True; give a whole number from 0 to 65536"),
    (PLAIN + "color = 'red'", "color: unknown key; known here: name, chip"),
    (PLAIN + "wlog_size = 4096", "wlog_size: 4096; give a whole number from 65536 to 134217728"),
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
    (PLAIN + I2C % ("a", "i2c = 1") + I2C % ("b", "i2c = 1"), "buses.b.i2c: 1, as buses.a; giv"),
    (PLAIN + I2C % ("a", "i2c = 2"), "buses.a.i2c: 2; give a whole number from 0 to 1"),
    (
        (PLAIN + I2C % ("a", "i2c = 1")).replace('"esp32"', '"esp32c3"'),
        "buses.a.i2c: 1; esp32c3 has none but 0: give soft = true",
    ),
    (
        (PLAIN + I2C % ("a", "") + I2C % ("b", "")).replace('"esp32"', '"esp32c3"'),
        "buses.b.i2c: 0, as buses.a; give soft = true",
    ),
    (
        PLAIN + (I2C % ("a", "i2c = 1")).replace("false", "true"),
        "buses.a.i2c: a soft bus has none; remove it",
    ),
    (PLAIN + UART % ("gps", 3), "buses.gps.uart: 3; give a whole number from 1 to 2"),
    (PLAIN + UART % ("gps", 0), "buses.gps.uart: 0; give a whole number from 1 to 2"),
    (PLAIN + UART % ("a", 1) + UART % ("b", 1), "buses.b.uart: 1, as buses.a; give another"),
    (
        (PLAIN + UART % ("gps", 2)).replace('"esp32"', '"esp32c3"'),
        "buses.gps.uart: 2; esp32c3 has none but 1 beside the console",
    ),
    (PLAIN + (UART % ("gps", 1)).replace("baud = 9600", ""), "buses.gps.baud: missing"),
    (PLAIN + "[battery]\nadc_pin = 1", "battery.ratio_milli: missing"),
    (PLAIN + "led = 2", "led: write it as a table, [led]"),
    ("name = ", "no TOML"),
)


def test_every_board_is_right_and_fits_json():
    assert {"esp32_generic", "esp32_c3_generic", "virtual"} <= set(boards.names())
    for name in boards.names():
        board = boards.load(name)
        assert "i2c0" in json.loads(json.dumps(boards.for_device(board)))["buses"], name
        assert board["filesystem_size"] <= board["flash_size"], name
        if "wlog_size" in board:
            partitions.with_ring(partitions.STOCK, board)


def test_the_device_gets_no_host_keys():
    assert not {"image", "flash_offset"} & set(boards.for_device(boards.load("virtual")))
    assert boards.for_device(boards.load("virtual_ring"))["wlog_size"] == 0x100000
    # Nor buses that the node does not use: they would lie in its heap.
    kept = boards.for_device(boards.load("virtual"), {"i2c0", "gps", "nowhere"})
    assert set(kept["buses"]) == {"i2c0", "gps"}


def test_a_missing_board_names_the_others():
    with pytest.raises(BoardError, match=r'no board "esp33"; the boards are: .*virtual'):
        boards.load("esp33")


def test_the_flash_of_the_virtual_boards():
    assert boards.virtual_flash("virtual") == {"flash_size": 0x200000, "wlog_size": 0}
    assert boards.virtual_flash("virtual_ring") == {"flash_size": 0x100000, "wlog_size": 0x100000}
    with pytest.raises(
        BoardError, match='"esp32_generic" is no virtual board; these are: virtual'
    ):
        boards.virtual_flash("esp32_generic")


def test_wrong_files(tmp_path):
    for text, expected in WRONG:
        (tmp_path / "b.toml").write_text(text)
        with pytest.raises(BoardError) as caught:
            boards.load("b", tmp_path)
        assert expected in str(caught.value), (expected, str(caught.value))
        assert str(caught.value).startswith("b.toml: ")
