"""Check the checksums and hashes in an ESP32 image, to find a damaged or truncated download.

The bootloader and the application each have a checksum, followed by the SHA-256 of all preceding
bytes: ESP-IDF, "App Image Format".
"""

import struct

from esptool.bin_image import LoadFirmwareImage
from esptool.util import FatalError

_APPLICATION = 0


def damage(image, chip, offset, entries):
    """Return a description of the damage to an image, or None if every hash is right.

    `chip` is esptool's name of the chip, `offset` is the place of the first byte in the flash,
    `entries` are from the image's partition table.
    """
    programs = [(entry.label, entry.offset) for entry in entries if entry.kind == _APPLICATION]
    # In a partition table for updates, the other application partitions are empty.
    for name, place in [("bootloader", offset), *programs[:1]]:
        fault = _program_fault(image[place - offset :], chip)
        if fault:
            return f"its {name} at {place:#x} is damaged ({fault}): download it again"
    return None


def _program_fault(content, chip):
    try:
        program = LoadFirmwareImage(chip, content)
    except FatalError as error:
        return str(error).rstrip(".")
    except (struct.error, TypeError):
        return "it is cut off"
    if program.checksum != program.calculate_checksum():
        return "its checksum is wrong"
    if program.append_digest and program.stored_digest != program.calc_digest:
        return "its hash is wrong"
    return None
