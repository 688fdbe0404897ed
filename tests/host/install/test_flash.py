"""Flashing an image with esptool through a bootloader that speaks the chips' own protocol."""

import os

import pytest
from support.boards.chips import chip
from support.boards.flash_images import image_for, written
from typer.testing import CliRunner
from wherry_host import partitions
from wherry_host.cli.commands import app
from wherry_host.config import boards
from wherry_host.errors import FlashError
from wherry_host.install.flash import flash
from wherry_host.virtual.image import Image

RINGED = boards.load("esp32_generic_ring")
TABLE = slice(0x8000, 0x8C00)
RING = slice(0x200000, 0x300000)
FILES = 0x300000


@pytest.fixture
def stock(tmp_path):
    """The path of a stock image for the ESP32."""
    return written(tmp_path / "stock.bin", image_for(0, 0x1000))


def filesystem(folder, size, *names):
    """Return the bytes of a littlefs with these files in it."""
    path = folder / "filesystem.img"
    Image.create(path, size)
    with Image(path) as image:
        for name in names:
            image.write(name, name)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("board", "kind", "chip_id"),
    [("esp32_generic", "esp32", 0), ("esp32_c3_generic", "esp32c3", 5)],
)
def test_an_image_is_written_at_the_board_s_offset_and_verified(
    board, kind, chip_id, tmp_path, capsys
):
    offset = boards.load(board)["flash_offset"]
    image = image_for(chip_id, offset)
    path = written(tmp_path / "image.bin", image)
    with chip(kind) as there:
        flash(board, there.url, path)
        assert there.flash[offset : offset + len(image)] == image
        flash(board, there.url, path, erase=True)
    out = capsys.readouterr().out
    assert out.count("Verification successful") == 2 and f"at {offset:#010x}" in out
    assert out.count("Flash memory erased successfully") == 1


def test_a_chip_other_than_the_board_s_is_left_unchanged(stock, capsys):
    with chip("esp32c3") as there, pytest.raises(FlashError) as caught:
        flash("esp32_generic", there.url, stock)
    assert "has the chip esp32c3, not esp32" in str(caught.value)
    assert "Writing" not in capsys.readouterr().out


# A ring


def ring_at(offset, size):
    """Return the stock entries with a ring."""
    return [*partitions.STOCK, partitions.Entry(partitions.DATA, 6, offset, size, "wlog")]


def fill(there, folder):
    """Fill the ring, and put a file into the filesystem; return all bytes from the ring on."""
    there.flash[RING] = bytes(range(256)) * 4096
    there.flash[FILES:] = filesystem(folder, 0x100000, "data/rows/open")
    return bytes(there.flash[RING.start :])


def test_a_board_with_a_ring_gets_it_into_the_table_in_front_of_its_filesystem(stock):
    reported = []
    with chip() as there:
        there.flash[RING.start : RING.start + 0x4000] = bytes(0x4000)
        # The chip has an older table: without a table, the flash after it is left unchanged.
        there.flash[TABLE] = partitions.to_bytes(partitions.STOCK)
        flash("esp32_generic_ring", there.url, stock, report=reported.append)
        entries = partitions.parse(there.flash[TABLE])
        ring = partitions.named(entries, "wlog")
        assert entries[:-1] == list(partitions.STOCK)
        assert (ring.offset, ring.size) == (RING.start, RINGED["wlog_size"])
        assert there.flash[RING] == b"\xff" * 0x100000
        found = partitions.filesystem(entries, len(there.flash))
        assert (found.offset, found.size) == (FILES, RINGED["filesystem_size"])
    assert reported == ["The ring for readings, 1024 KB at 0x200000, is new and erased."]


def test_a_ring_and_a_filesystem_are_carried_over(stock, tmp_path):
    reported = []
    with chip() as there:
        there.flash[TABLE] = partitions.to_bytes(ring_at(0x200000, 0x100000))
        before = fill(there, tmp_path)
        newer = written(tmp_path / "newer.bin", image_for(0, 0x1000, 0x1FF000))
        flash("esp32_generic_ring", there.url, newer, report=reported.append)
        assert there.flash[RING.start :] == before
        assert there.flash[0x1FF000:0x200000] == b"\x5a" * 0x1000
    assert reported == ["The ring for readings, 1024 KB at 0x200000, is left as it is."]


RING_LOST = "The board has a ring for readings, wlog of 1024 KB at 0x200000, and "
# (the board's entries, the board named, text of the error)
LOSSES = (
    (ring_at(0x200000, 0x100000), "esp32_generic", RING_LOST + "esp32_generic has none"),
    (
        ring_at(0x200000, 0x80000),
        "esp32_generic_ring",
        "wlog of 512 KB at 0x200000, and esp32_generic_ring would have it as wlog of 1024 KB",
    ),
    (ring_at(0x280000, 0x100000), "esp32_generic_ring", "as wlog of 1024 KB at 0x200000."),
)


@pytest.mark.parametrize(("entries", "board", "expected"), LOSSES)
def test_a_ring_that_would_be_lost_is_not_overwritten(entries, board, expected, stock):
    with chip() as there:
        there.flash[TABLE] = partitions.to_bytes(entries)
        before = bytes(there.flash)
        with pytest.raises(FlashError) as caught:
            flash(board, there.url, stock)
        assert there.flash == before
    assert expected in str(caught.value), str(caught.value)
    assert "wherry queue dump" in str(caught.value) and "--erase" in str(caught.value)


def test_files_that_would_be_lost_keep_a_board_from_getting_a_ring(stock, tmp_path):
    with chip() as there:
        there.flash[TABLE] = partitions.to_bytes(partitions.STOCK)
        there.flash[RING.start :] = filesystem(tmp_path, 0x200000, "data/rows/open")
        before = bytes(there.flash)
        with pytest.raises(FlashError) as caught:
            flash("esp32_generic_ring", there.url, stock)
        assert there.flash == before
        assert "files, readings in /data among them, in vfs of 2048 KB" in str(caught.value)
        # A filesystem that cannot be mounted may have files as well.
        there.flash[RING.start : RING.start + 8] = b"\xff" * 8
        there.flash[RING.start + 4096 :] = b"\xff" * (len(there.flash) - RING.start - 4096)
        with pytest.raises(FlashError, match="The board has files"):
            flash("esp32_generic_ring", there.url, stock)


# (bytes in place of the table, text of the error)
FOREIGN_TABLES = (
    (b"\0" * 0xC00, "entry 0 begins with 00 00, not aa 50"),
    (partitions.to_bytes(partitions.STOCK).replace(b"nvs", b"nvt"), "its checksum is wrong"),
    (partitions.to_bytes(partitions.STOCK)[:32] + bytes(0xC00 - 32), "entry 1 begins with"),
    (partitions.to_bytes(partitions.STOCK)[:32] * 96, "it has no end"),
)


def test_an_unreadable_table_is_reported_with_the_remedy(stock):
    with chip() as there:
        for table, expected in FOREIGN_TABLES:
            there.flash[TABLE] = table
            with pytest.raises(FlashError) as caught:
                flash("esp32_generic", there.url, stock)
            assert f"partition table cannot be read: {expected}" in str(caught.value)
            assert "erase-region 0x8000 0x1000" in str(caught.value)
            assert there.flash[TABLE] == table


def test_a_flash_smaller_than_in_the_board_file_is_refused(stock, monkeypatch):
    monkeypatch.setattr("esptool.detect_flash_size", lambda loader: "2MB")
    with chip() as there, pytest.raises(FlashError) as caught:
        flash("esp32_generic", there.url, stock, erase=True)
    assert "flash has 0x200000 bytes, and flash_size of esp32_generic is 0x400000" in str(
        caught.value
    )


def test_the_command_prints_the_kept_and_the_lost_parts(stock):
    with chip() as there:
        arguments = ("flash", there.url, "--image", stock, "--board")
        first = CliRunner().invoke(app, [*arguments, "esp32_generic_ring"])
        refused = CliRunner().invoke(app, [*arguments, "esp32_generic"])
        there.flash[RING] = bytes(0x100000)
        erased = CliRunner().invoke(app, [*arguments, "esp32_generic", "--erase"])
        assert there.flash[RING] == b"\xff" * 0x100000
        assert partitions.parse(there.flash[TABLE]) == list(partitions.STOCK)
    assert first.exit_code == 0 and "The ring for readings, 1024 KB at 0x200000" in first.stdout
    assert refused.exit_code == 1 and RING_LOST in refused.stderr
    assert erased.exit_code == 0 and "Everything on the board is erased" in erased.stdout


def test_a_port_without_an_answer(stock, monkeypatch):
    """A pty without a chip stays silent; esptool's attempts are limited to one here."""
    monkeypatch.setattr("wherry_host.install.flash.CONNECT_ATTEMPTS", 1)
    ours, theirs = os.openpty()
    try:
        with pytest.raises(FlashError, match="Hold the board's BOOT button"):
            flash("esp32_generic", os.ttyname(theirs), stock)
    finally:
        os.close(ours)
        os.close(theirs)
