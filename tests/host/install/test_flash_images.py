"""Images that `wherry flash` refuses before it touches the board."""

import pytest
from support.boards.flash_images import APPLICATION, image_for, written
from wherry_host import partitions
from wherry_host.config import boards
from wherry_host.errors import FlashError
from wherry_host.install.flash import read_image

ESP32 = boards.load("esp32_generic")
C3 = boards.load("esp32_c3_generic")
RINGED = boards.load("esp32_generic_ring")


def changed(place, value):
    image = bytearray(image_for(0, 0x1000))
    image[place] = value
    return bytes(image)


def damaged(place):
    """Return an image with one changed byte."""
    image = bytearray(image_for(0, 0x1000))
    image[place] ^= 0xFF
    return bytes(image)


def full(label, offset, size):
    """Return an image whose table has one more partition."""
    entry = partitions.Entry(partitions.DATA, 0x81, offset, size, label)
    return image_for(0, 0x1000, entries=[*partitions.STOCK, entry])


# (image, board, text of the error)
WRONG = (
    (b"", ESP32, "does not begin like an ESP32 image (0xE9)"),
    (b"MZ" + bytes(100), ESP32, "does not begin like an ESP32 image (0xE9)"),
    (image_for(5, 0), ESP32, "it is for the chip esp32c3, the board has esp32"),
    (image_for(0, 0x1000), C3, "it is for the chip esp32, the board has esp32c3"),
    (image_for(77, 0x1000), ESP32, "it is for the chip 77, the board has esp32"),
    (image_for(0, 0x1000)[:0x6000], ESP32, "no partition table"),
    (image_for(0, 0), ESP32, "no partition table"),
    (image_for(0, 0x1000)[:0x7040], ESP32, "its partition table cannot be read: it has no end"),
    (changed(0x7004, 1), ESP32, "its partition table cannot be read: its checksum is wrong"),
    (image_for(0, 0x1000, 0x400000), ESP32, "4194304 bytes exceed the board's flash"),
    (image_for(0, 0x1000, 0x200000), RINGED, "it ends at 0x201000, and wlog begins at 0x200000"),
    (changed(3, 0x10), RINGED, "for a flash of 0x200000 bytes, and wlog would end at 0x300000"),
    (changed(3, 0xF0), RINGED, "its header has an unknown flash size: 0xf0"),
    (full("romfs", 0x200000, 0x20000), RINGED, "partitions end at 0x220000, and wlog would begin"),
    (full("vfs", 0x200000, 0x200000), RINGED, "a filesystem of its own, vfs at 0x200000"),
    (damaged(0x100), ESP32, "its bootloader at 0x1000 is damaged (its checksum is wrong)"),
    (damaged(0xF100), ESP32, "its factory at 0x10000 is damaged (its checksum is wrong)"),
    (damaged(-1), ESP32, "its factory at 0x10000 is damaged (its hash is wrong)"),
    (image_for(0, 0x1000)[:-0x1000], ESP32, "its factory at 0x10000 is damaged (End of file"),
    (image_for(0, 0x1000)[: APPLICATION - 0x1000], ESP32, "damaged (it is cut off): download it"),
)


def test_wrong_images_are_refused_before_the_board_is_touched(tmp_path):
    for image, board, expected in WRONG:
        with pytest.raises(FlashError) as caught:
            read_image(written(tmp_path / "image.bin", image), board)
        assert expected in str(caught.value), (expected, str(caught.value))
        assert "this board takes ESP32_GENERIC" in str(caught.value)
