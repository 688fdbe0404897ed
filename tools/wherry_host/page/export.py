"""Write a node's points as CSV, piece by piece, in the columns that `wherry audit` reads."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta

from wherry_host.formulas import guarded

HEADER = ("time", "ship_id", "cargo_id", "value", "received", "api")
_PAGE_COUNT = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def csv_pieces(history, device):
    """Yield the CSV text of a fleet.Device, channel by channel, each in order of time.

    Strings are quoted if necessary. A point that arrives during the export may be missing.
    """
    yield _text([HEADER])
    for channel in sorted(device.newest):
        after = None
        while True:
            rows = await asyncio.to_thread(history.page, *device.key, channel, after, _PAGE_COUNT)
            if not rows:
                break
            after = rows[-1][0], rows[-1][1]
            yield _text(_fields(device, channel, row) for row in rows)


def file_name(device):
    """Return a file name that is valid on every operating system."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in device.name)
    return f"{plain.lstrip('.') or 'node'}.csv"


def _fields(device, channel, row):
    time_us, _, value, received_us = row
    names = guarded(device.name), guarded(channel)
    return _moment(time_us), *names, repr(value), _moment(received_us), device.api


def _moment(time_us):
    try:
        moment = _EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return str(time_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _text(rows):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()
