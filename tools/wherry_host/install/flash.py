"""Write MicroPython to a board, with esptool as a library and the offsets in boards/.

The image is checked before the board is touched, and the board's ring is added to its partition
table. The filesystem, the ring and the readings in them stay, unless the whole flash is to be
erased. If they would be lost, the board is not written: see reflash.py.
"""

from contextlib import contextmanager
from pathlib import Path

import esptool
from esptool.targets import CHIP_DEFS
from esptool.util import FatalError, flash_size_bytes
from serial import SerialException

from wherry_host import partitions
from wherry_host.config import boards
from wherry_host.errors import FlashError
from wherry_host.install import reflash
from wherry_host.install.board_choice import fitting, reported
from wherry_host.install.image_hash import damage
from wherry_host.install.ports import port_fault
from wherry_host.partitions import RING, TABLE_AT, TABLE_SIZE, TableError

# ESP-IDF's esp_image_header_t: byte 0 is the magic, the upper half of byte 3 is the flash size,
# and bytes 12 and 13 are the chip's id.
_MAGIC = 0xE9
_FLASH_SIZE_AT = 3
_CHIP_ID_AT = 12
_HEADER_SIZE = 24
_BAUD = 460800
CONNECT_ATTEMPTS = 7


def flash(board_name, port, image_path, erase=False, report=lambda line: None):
    """Write a MicroPython image to the board at a port and verify it by reading it back.

    Without `board_name`, the generic board of the chip is used; without `image_path`, the image is
    the newest one in the current folder. `report` is called with lines about kept and erased
    parts. With `erase`, everything on the board is erased first. Raises BoardError and FlashError;
    FlashError is also raised if a ring or files on the board would be lost without `erase`.
    """
    if board_name is None:
        board_name = _generic_board(port, report)
    board = boards.load(board_name)
    image, entries = read_image(image_path or newest_image(board, report), board)
    _check_port(port)
    with _esptool_errors(), _connected(board, port) as loader:
        flash_size = _flash_size(loader, board_name, board)
        if erase:
            report("Everything on the board is erased, including the readings in its flash.")
            esptool.erase_flash(loader)
        else:
            _make_room(loader, board_name, entries, flash_size, report)
        place = [(board["flash_offset"], image)]
        esptool.write_flash(loader, place)
        esptool.verify_flash(loader, place)


def _check_port(port):
    fault = port_fault(port)
    if fault:
        raise FlashError(fault)


def _generic_board(port, report):
    """Return the name of the generic board of the chip at a port."""
    _check_port(port)
    with _esptool_errors():
        loader = esptool.detect_chip(port, connect_attempts=CONNECT_ATTEMPTS)
        try:
            chip = _chip(loader)
            esptool.reset_chip(loader, "hard-reset")
        finally:
            loader._port.close()
    found = fitting("", chip, False)
    if not found:
        raise FlashError(f"the board at {port} has the chip {chip}, which wherry does not support")
    report(reported(found))
    return found[0]


def newest_image(board, report, folder=Path()):
    """Return the path of a board's newest image in a folder; FlashError if there is none."""
    head, _, rest = board["image"].partition("<date>")
    # A date has eight digits. The part before the version may have a form that is newer than this
    # code.
    found = sorted(folder.glob(head + "[0-9]" * 8 + "-v*.bin"))
    if not found:
        raise FlashError(f"no image in this folder: download {head}<date>{rest}, or give --image")
    report(f"Image: {found[-1]}.")
    return found[-1]


@contextmanager
def _esptool_errors():
    try:
        yield
    except (FatalError, SerialException, OSError) as error:
        text = str(error).strip().splitlines()[0]
        raise FlashError(
            f"{text}\nHold the board's BOOT button while you press RESET (EN), then try again; "
            "close whatever else uses the port."
        ) from None


def read_image(path, board):
    """Return (the image's bytes, its partition entries), with the board's ring if it has one.

    Raises FlashError if the file is not an image for this board.
    """
    remedy = f"this board takes {board['image']}"
    try:
        image = Path(path).read_bytes()
    except OSError as error:
        raise FlashError(f"{path}: {error.strerror}; {remedy}") from None
    try:
        fault = _image_fault(image, board)
        if fault:
            raise TableError(fault)
        image, entries = _with_ring(image, board)
        fault = damage(image, board["chip"], board["flash_offset"], entries)
        if fault:
            raise TableError(fault)
        return image, entries
    except TableError as error:
        raise FlashError(f"{path}: {error}; {remedy}") from None


def _image_fault(image, board):
    if len(image) < _HEADER_SIZE or image[0] != _MAGIC:
        return "it does not begin like an ESP32 image (0xE9)"
    chip_id = int.from_bytes(image[_CHIP_ID_AT : _CHIP_ID_AT + 2], "little")
    if chip_id != CHIP_DEFS[board["chip"]].IMAGE_CHIP_ID:
        known = [name for name, chip in CHIP_DEFS.items() if chip_id == chip.IMAGE_CHIP_ID]
        return f"it is for the chip {''.join(known) or chip_id}, the board has {board['chip']}"
    if board["flash_offset"] + len(image) > board["flash_size"]:
        return f"its {len(image)} bytes exceed the board's flash"
    return None


def _with_ring(image, board):
    """Return (image, entries). Raises TableError."""
    at = TABLE_AT - board["flash_offset"]
    if image[at : at + 2] != partitions.MAGIC:
        raise TableError("it has no partition table: it is an application alone, or cut off")
    try:
        entries = partitions.parse(image[at : at + TABLE_SIZE])
    except TableError as error:
        raise TableError(f"its partition table cannot be read: {error}") from None
    if "wlog_size" in board:
        entries = partitions.with_ring(entries, board)
        image = image[:at] + partitions.to_bytes(entries) + image[at + TABLE_SIZE :]
    end = board["flash_offset"] + len(image)
    ring = partitions.named(entries, RING)
    if ring and end > ring.offset:
        raise TableError(f"it ends at {end:#x}, and wlog begins at {ring.offset:#x}")
    if ring and ring.end > (known_size := _flash_size_known(image, board)):
        # esp_partition_table_verify of ESP-IDF: the bootloader rejects such a table.
        raise TableError(
            f"it is made for a flash of {known_size:#x} bytes, and wlog would end at "
            f"{ring.end:#x}: raise filesystem_size in the board's file"
        )
    return image, entries


def _flash_size_known(image, board):
    """Return the flash size in bytes that the image's bootloader assumes."""
    for text, bits in CHIP_DEFS[board["chip"]].FLASH_SIZES.items():
        if bits == image[_FLASH_SIZE_AT] & 0xF0:
            return flash_size_bytes(text)
    raise TableError(f"its header has an unknown flash size: {image[_FLASH_SIZE_AT]:#x}")


@contextmanager
def _connected(board, port):
    """Yield the loader of the board at a port; the board restarts afterwards in any case."""
    loader = esptool.detect_chip(port, connect_attempts=CONNECT_ATTEMPTS)
    try:
        found = _chip(loader)
        if found != board["chip"]:
            raise FatalError(f"the board at {port} has the chip {found}, not {board['chip']}")
        loader = esptool.run_stub(loader)
        if "://" not in port:
            loader.change_baud(_BAUD)
        esptool.attach_flash(loader)
        try:
            yield loader
        except FlashError:
            esptool.reset_chip(loader, "hard-reset")
            raise
        esptool.reset_chip(loader, "hard-reset")
    finally:
        loader._port.close()


def _chip(loader):
    """Return the chip's name as board files have it."""
    return loader.CHIP_NAME.lower().replace("-", "")


def _flash_size(loader, board_name, board):
    """Return the flash size in bytes that the chip reports, or else the board file's."""
    found = flash_size_bytes(esptool.detect_flash_size(loader)) or board["flash_size"]
    if found < board["flash_size"]:
        raise FlashError(
            f"the board's flash has {found:#x} bytes, and flash_size of {board_name} is "
            f"{board['flash_size']:#x}; name another board, or write a file for this one in boards"
        )
    return found


def _make_room(loader, board_name, entries, flash_size, report):
    """Erase the places that the entries need erased; FlashError if readings would be lost."""

    def read(offset, size):
        return esptool.read_flash(loader, offset, size, no_progress=True)

    places = reflash.places_to_erase(read, entries, flash_size, board_name)
    for offset, size in places:
        esptool.erase_region(loader, offset, size)
    ring = partitions.named(entries, RING)
    if ring:
        is_new = (ring.offset, ring.size) in places
        what = "is new and erased" if is_new else "is left as it is"
        report(f"The ring for readings, {ring.size // 1024} KB at {ring.offset:#x}, {what}.")
