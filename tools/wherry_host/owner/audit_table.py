"""Read a server's table for an audit: each node's points, from our server's file or a CSV.

The CSV has the columns time, ship_id, cargo_id and value, in any order, under these or other names
in _NAMES. A time is RFC 3339 (UTC if it has no zone) or a Unix time in s, ms, us or ns.
"""

import csv
import sqlite3
from array import array
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from wherry_host.errors import PlaceError
from wherry_host.formulas import bare

_NAMES = {
    "time": ("time", "timestamp", "ts", "date", "datetime"),
    "node": ("ship_id", "ship", "device", "device_id", "node"),
    "channel": ("cargo_id", "cargo", "channel", "metric", "sensor"),
    "value": ("value", "val"),
}
_HEADER = "the header must name the columns time, ship_id, cargo_id and value"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SQLITE = b"SQLite format 3\0"
_TABLES = "give the file of `wherry server --db`, or a CSV with time, ship_id, cargo_id and value"


@dataclass
class Points:
    """The points of one node: the times and values of each channel in order, and the repeats.

    `again` counts copies that the server recognised or stored, `changed` counts copies with
    another value.
    """

    times: dict[str, array] = field(default_factory=dict)
    values: dict[str, array] = field(default_factory=dict)
    again: int = 0
    changed: int = 0

    def add(self, channel, time_us, value, copies=0):
        """Add a point of the table, in any order."""
        if channel not in self.times:
            self.times[channel] = array("q")
            self.values[channel] = array("d")
        self.times[channel].append(time_us)
        self.values[channel].append(value)
        self.again += copies

    def finish(self):
        """Sort all points and keep each stamp of a channel once, with its first value."""
        for channel, times in self.times.items():
            values = self.values[channel]
            once = {}
            for time_us, value in zip(times, values, strict=True):
                if once.setdefault(time_us, value) != value:
                    self.changed += 1
            self.again += len(times) - len(once)
            ordered = sorted(once)
            self.times[channel] = array("q", ordered)
            self.values[channel] = array("d", (once[time_us] for time_us in ordered))


def read_table(place):
    """Return {node: Points} of a file. Raises PlaceError, which names the line of a CSV."""
    path = Path(place)
    try:
        with path.open("rb") as file:
            is_sqlite = file.read(len(_SQLITE)) == _SQLITE
        found = _read_sqlite(path) if is_sqlite else _read_csv(path)
    except OSError as error:
        raise PlaceError(f"{place}: {error.strerror or error}; {_TABLES}") from None
    for points in found.values():
        points.finish()
    return found


def _read_sqlite(path):
    found = {}
    query = "SELECT api, device, channel, time_us, value, copies FROM points ORDER BY rowid"
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as db:
            for api, device, *point in db.execute(query):
                found.setdefault((device, api), Points()).add(*point)
    except (sqlite3.Error, TypeError) as error:
        # Any database may have a table with this name, and text in it.
        raise PlaceError(f"{path}: {error}; {_TABLES}") from None
    names = [device for device, _ in found]
    return {
        device if names.count(device) == 1 else f"{device} ({api})": points
        for (device, api), points in found.items()
    }


def _read_csv(path):
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=first.count)
            return _read_lines(path, csv.reader(file, delimiter=delimiter))
    except UnicodeDecodeError:
        raise PlaceError(f"{path}: neither SQLite nor text in UTF-8; {_TABLES}") from None
    except csv.Error as error:
        raise PlaceError(f"{path}: {error}; {_TABLES}") from None


def _read_lines(path, lines):
    columns = _columns(path, next(lines, []))
    found = {}
    for cells in lines:
        if not any(cells):
            continue
        place = f"{path}, line {lines.line_num}"
        try:
            time, node, channel, value = (cells[column].strip() for column in columns)
        except IndexError:
            raise PlaceError(f"{place}: {len(cells)} columns are too few; {_HEADER}") from None
        time_us = _time_us(time)
        if time_us is None:
            raise PlaceError(
                f'{place}: "{time}" is not a time; write it as 2026-11-20T08:00:00.250Z'
            )
        try:
            number = float(value)
            node, channel = bare(node), bare(channel)
        except ValueError:
            raise PlaceError(
                f'{place}: "{value}" is not a number; export the plain values'
            ) from None
        found.setdefault(node, Points()).add(channel, time_us, number)
    return found


def _columns(path, header):
    """Return the indexes of the columns time, node, channel and value."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
    places = [
        next((names.index(name) for name in known if name in names), None)
        for known in _NAMES.values()
    ]
    if None in places:
        seen = ", ".join(names)[:80] or "nothing"
        raise PlaceError(f"{path}, line 1: {_HEADER}; it has {seen}")
    return places


def _time_us(text):
    """Return Unix microseconds, or None if the text is not a time, without using floats."""
    if text.isascii() and text.isdigit():
        unit_digits = len(text) - 10
        return int(text) * 10**6 // 10**unit_digits if unit_digits in (0, 3, 6, 9) else None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return (time - _EPOCH) // timedelta(microseconds=1)
