"""The checksums and hashes in an image for an ESP32, to find a damaged or truncated download.

The bootloader and the application each have a checksum, followed by the SHA-256 of the bytes
before it: ESP-IDF, "App Image Format".
"""

import struct

from esptool.bin_image import LoadFirmwareImage
from esptool.util import FatalError

_APPLICATION = 0


def damage(image, chip, offset, entries):
    """Return the damage of an image's content, None if every hash in it is right.

    `chip` is esptool's name of the chip, `offset` the place of the first byte in the flash,
    `entries` are those of its partition table.
    """
    programs = [(entry.label, entry.offset) for entry in entries if entry.kind == _APPLICATION]
    # The other application partitions of a table for updates are empty.
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
