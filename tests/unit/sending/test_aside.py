"""Readings set aside: their bytes, the limits of their files, and counts when one is removed."""

import os

from support.node.check import raises
from support.queue.aside import add
from support.queue.by_hand import frame as framed
from support.queue.by_hand import signed, text, varint
from support.queue.damage import read_file
from support.queue.folders import fresh
from support.uplinks.scripted import BEGIN_S, ScriptedRig
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal import aside_frame, set_aside
from wherry.sending.refusal.aside_files import Aside

FILE_SIZE_MAX = 8192
REASON_SIZE_MAX, UPLINK_SIZE_MAX = 48, 24
# row, index, name, value, decimals, s, ms, status, reason, uplink
ENTRY = 300, 3, "humidity", -129, 1, BEGIN_S, 250, 400, "no", "harbor"


def coded(entry):
    """Return the frame of a reading, as docs/spec.md describes it."""
    row, index, name, value, decimals, s, ms, status, reason, uplink = entry
    payload = varint(row) + bytes((index, decimals)) + signed(value) + varint(s) + varint(ms + 1)
    payload += varint(status) + text(name) + text(reason) + text(uplink)
    return framed(0xA6, payload)


def changed(**fields):
    """Return ENTRY with other fields."""
    names = "row", "index", "name", "value", "decimals", "s", "ms", "status", "reason", "uplink"
    return tuple([fields.get(name, was) for name, was in zip(names, ENTRY)])


def written(folder, entry):
    """Set a reading aside; return the bytes of its file."""
    row, index, name, value, decimals, s, ms, status, reason, uplink = entry
    path = folder + "/00000000"
    aside_frame.append(
        path, row, index, (name, "", decimals), value, s, ms, status, reason, uplink
    )
    return read_file(path)


def test_a_reading_has_the_bytes_of_the_spec_and_is_read_back():
    for entry in (
        ENTRY, changed(row=0, index=0, value=0, decimals=0, s=0, ms=-1, status=0, reason=""),
        changed(row=1 << 62, index=63, value=1 << 48, decimals=9, ms=999, status=599),
        changed(row=127, value=-(1 << 48), ms=0), changed(row=128, value=64, ms=126, uplink=""),
        changed(value=-65, name="Größe", ms=127, status=128, reason="zu groß"),
    ):  # fmt: skip
        folder = fresh() + "/aside"
        aside = Aside(folder)
        assert written(folder, entry) == coded(entry), entry
        assert list(aside.readings()) == [entry]
        assert bytes(aside_frame.frame(*entry)) == coded(entry)


def test_texts_are_truncated_to_fit():
    for reason, uplink, cut_reason, cut_uplink in (
        ("r" * 48, "u" * 24, "r" * 48, "u" * 24), ("r" * 49, "u" * 25, "r" * 48, "u" * 24),
        ("é" * 24, "é" * 12, "é" * 24, "é" * 12),
        ("xé" * 24, "x" + "é" * 12, "xé" * 16, "x" + "é" * 11),
        ("r" * 47, "u" * 23, "r" * 47, "u" * 23),
    ):  # fmt: skip
        frame = bytes(aside_frame.frame(*changed(reason=reason, uplink=uplink)))
        assert frame == coded(changed(reason=cut_reason, uplink=cut_uplink)), (reason, uplink)


def filled(folder, number, size, frames=b""):
    """Write a file of a given size that begins with some frames."""
    with open("%s/%08x" % (folder, number), "wb") as file:
        file.write(frames + bytes(size - len(frames)))


def test_a_file_is_full_above_its_size_and_at_most_two_are_kept():
    folder = fresh() + "/aside"
    aside = Aside(folder)
    lost = []

    def count_lost(*numbers):
        lost.append(numbers)
        # The oldest file has not been removed yet.
        assert len(os.listdir(folder)) == 2

    assert aside.place(1, 0, "u", count_lost) == folder + "/00000000"
    for size, number in ((1, 0), (FILE_SIZE_MAX, 0), (FILE_SIZE_MAX + 1, 1)):
        filled(folder, 0, size)
        assert aside.place(1, 0, "u", count_lost) == "%s/%08x" % (folder, number), size
    assert os.listdir(folder) == ["00000000"] and not lost
    filled(folder, 1, FILE_SIZE_MAX)
    assert aside.place(1, 0, "u", count_lost) == folder + "/00000001" and not lost
    filled(folder, 1, FILE_SIZE_MAX + 1)
    assert aside.place(1, 0, "u", count_lost) == folder + "/00000002"
    assert lost == [([0], [1, 2])] and os.listdir(folder) == ["00000001"]
    filled(folder, 15, FILE_SIZE_MAX + 1)
    assert aside.place(1, 0, "u") == folder + "/00000010"
    assert os.listdir(folder) == ["0000000f"]


def test_the_first_reading_keeps_its_name_and_readings_of_other_uplinks_are_counted():
    rig = ScriptedRig(3, Selection(["humidity"], {"humidity": "rh"}))
    for row in (0, 1):
        set_aside.set_aside(rig.upload, 404, "unknown")
        ledger = rig.saved()
        assert (ledger.row, ledger.channel) == (row, 2)
        assert ledger.set_aside == ledger.others == row + 1
    assert rig.upload.waiting() == 2
    kept = list(Aside(rig.root + "/aside").readings())
    assert kept == [
        (row, 1, "humidity", 100 * row + 1, 1, BEGIN_S + row, -1, 404, "unknown", "u")
        for row in (0, 1)
    ]
    set_aside.set_aside(rig.upload, 404, "unknown")
    assert (rig.ledger.others, rig.upload.waiting()) == (3, 0)
    raises(OSError, set_aside.set_aside, rig.upload, 404, "unknown")


def lost_with(number_counted):
    """Remove the first of two full files, with `number_counted` readings in the ledger."""
    rig = ScriptedRig(4)
    folder = rig.root + "/aside"
    own = [changed(row=row, index=0, uplink="u") for row in range(3)]
    filled(folder, 0, FILE_SIZE_MAX + 1, b"".join([coded(entry) for entry in own]))
    old = coded(changed(row=0, index=1, uplink=""))
    other = coded(changed(row=0, index=1, uplink="x"))
    filled(folder, 1, FILE_SIZE_MAX + 1, coded(changed(row=1, index=1, uplink="u")) + old + other)
    rig.ledger.row, rig.ledger.set_aside = 2, number_counted
    rig.ledger.delivered = 4 - number_counted
    set_aside.set_aside(rig.upload, 400, "no")
    return rig.ledger.set_aside, rig.ledger.dropped, rig.saved().dropped


def test_readings_removed_with_a_file_are_dropped_once():
    # Two readings of the first file are before the cursor; two stay in the second file.
    assert lost_with(4) == (3, 2, 2)
    # The cut came after one or both of them were counted.
    assert lost_with(3) == (3, 1, 1)
    assert lost_with(2) == (3, 0, 0)
    assert lost_with(1) == (2, 0, 0)
    assert add(fresh() + "/aside", 0, 0, ("t", "", 1), 0, 0, -1, 0, "", "u")
