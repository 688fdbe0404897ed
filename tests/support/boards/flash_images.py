"""Images of MicroPython for the tests of flashing, with the checksums and hashes of real ones."""

import random
import tempfile
from pathlib import Path

from esptool.bin_image import ImageSegment
from esptool.targets import CHIP_DEFS
from wherry_host import partitions

CHIPS = {0: "esp32", 5: "esp32c3"}
APPLICATION = 0x10000


def image_for(chip_id, offset, size=0, entries=partitions.STOCK):
    """Return a full image: bootloader, table, and random bytes as the application."""
    seed = random.getrandbits(32)
    print("seed", seed)
    noise = random.Random(seed).randbytes(0x9000)
    table = partitions.to_bytes(entries).ljust(APPLICATION - 0x8000, b"\xff")
    bootloader = program(chip_id, noise[:0x5000]).ljust(0x8000 - offset, b"\xff")
    return (bootloader + table + program(chip_id, noise[0x5000:])).ljust(size, b"\x5a")


def program(chip_id, content):
    """Return a program with its checksum and its hash, as esptool writes them."""
    image = CHIP_DEFS[CHIPS.get(chip_id, "esp32")].BOOTLOADER_IMAGE()
    image.segments = [ImageSegment(0x3FFC0000, content)]
    image.segments[0].name = "noise"
    image.flash_size_freq, image.append_digest = 0x20, True
    with tempfile.NamedTemporaryFile() as file:
        image.save(file.name)
        made = bytearray(Path(file.name).read_bytes())
    # esptool does not know all chip numbers.
    made[12] = chip_id
    return bytes(made)


def written(path, image):
    """Write an image and return its path as a string."""
    path.write_bytes(image)
    return str(path)
