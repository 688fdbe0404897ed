"""Settles a board's flash, the server's table and the console: the owner's view of a run.

Stricter than the demo's account where tests can be: every stamp and value in flash and in the
table is the same to the last digit, at any speed of the clock.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from wherry.sending.aside_files import Aside
from wherry_host.owner.kept import read_kept


def check_account(spine):
    """Settle a spine whose board is off, and return the counts.

    Every row whose append returned is in the flash; each of its readings waits, is set aside, or
    is at the server with its stamp and value, once; the table holds nothing else. What is dropped
    are the oldest that were never dated: the room of what is set aside is bounded.
    """
    kept = read_kept(spine.board.flash)
    progress = kept.of("harbor")
    assert progress.thinned == 0
    rows = sorted({reading.row for reading in kept.readings})
    assert rows == list(range(len(rows))), "row numbers have gaps"
    _check_console(spine, kept)
    points = spine.stored()
    aside = {(reading.row, reading.channel) for reading in progress.set_aside}
    counts = {"rows": len(rows), "delivered": 0, "set_aside": len(aside), "waiting": 0}
    first_aside = min(((each.row, each.index) for each in progress.set_aside), default=(0, 0))
    given_up = {
        (each.row, each.channel)
        for each in kept.readings
        if each.stamp_us is None and (each.row, each.index) < first_aside
    }
    assert len(given_up) == progress.dropped, (given_up, progress.dropped)
    counts["dropped"] = len(given_up)
    aside |= given_up
    explained = set()
    for reading in kept.readings:
        key = (reading.channel, reading.stamp_us)
        assert reading.stamp_us is None or key not in explained, ("two rows, one stamp", key)
        explained.add(key)
        if (reading.row, reading.channel) in aside:
            continue
        if key in points:
            assert abs(points[key][0] - reading.value) < 1e-9, (reading, points[key])
        if (reading.row, reading.index) >= progress.cursor:
            counts["waiting"] += 1
            continue
        assert key in points, ("delivered, says the node, but it is not there", reading)
        counts["delivered"] += 1
    stray = sorted(key for key in points if key not in explained)
    assert not stray, ("points that no row explains", stray[:9])
    counts["copies"] = sum(copies for _, copies in points.values())
    return counts


def _check_console(spine, kept):
    printed = {}
    for _, number, count in spine.rows():
        assert number not in printed, ("one row number, two rows", number)
        printed[number] = count
    held = [reading.row for reading in kept.readings]
    lost = sorted(number for number, count in printed.items() if held.count(number) != count)
    assert not lost, ("rows lost whose append had returned", lost[:9])


def read_aside(spine):
    """Return what Aside.readings tells of a board that is off, server's reasons included."""
    with TemporaryDirectory() as folder:
        for name, content in spine.files("data/aside/").items():
            Path(folder, name).write_bytes(content)
        return list(Aside(folder).readings())
