"""`micropython others.py LIB WAY DIVISOR` prints the cost of other projects' rows as JSON.

A way in WAYS has a function that encodes a row to bytes, and the destination of the bytes: a
separate file for each row, as in Enviro; the end of a file that is opened and closed; or the end
of an open file. DIVISOR is as in flash_counts.py.
"""

import json
import os
import struct
import sys
import time

sys.path.insert(0, sys.argv[1])

from flash_counts import days
from ram_flash import mounted
from traces import Trace

_FOLDER = "/flash/data/"
# From 1970 to 2000.
_EPOCH_S = 946684800


def iso_text(s):
    """Return the stamp in the usual format."""
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % time.gmtime(s + _EPOCH_S)[:6]


def items(row, channels):
    """Return a row as Harbor's items."""
    stamp = iso_text(row[2])
    found = []
    for (name, _, decimals), value in zip(channels, row[-1]):
        found.append(
            {"time": stamp, "ship_id": "node-1", "cargo_id": name, "value": value / 10**decimals}
        )
    return found


def dicts_json(row, channels):
    """Return json.dumps of dicts: the body of a batch, and the reference for CPU."""
    return json.dumps(items(row, channels)).encode()


def enviro(row, channels):
    """Return one set of readings as pimoroni/enviro caches it."""
    readings = {}
    for (name, _, decimals), value in zip(channels, row[-1]):
        readings[name] = value / 10**decimals
    return json.dumps(
        {
            "nickname": "node-1",
            "timestamp": iso_text(row[2]),
            "readings": readings,
            "model": "weather",
            "uid": "e6614c311b4b5a2f",
        }
    ).encode()


def json_line(row, channels):
    """Return a line of JSON, short but with names."""
    item = {"time": row[2]}
    for (name, _, decimals), value in zip(channels, row[-1]):
        item[name] = value / 10**decimals
    return (json.dumps(item) + "\n").encode()


def packed(row, channels):
    """Return a struct with time, channel index and float for each reading."""
    parts = []
    for i, (_, _, decimals) in enumerate(channels):
        parts.append(struct.pack("<IBf", row[2], i, row[-1][i] / 10**decimals))
    return b"".join(parts)


def msgpack(row, channels):
    """Return a msgpack array of the time (uint 32) and a float 32 for each channel."""
    values = [value / 10**decimals for (_, _, decimals), value in zip(channels, row[-1])]
    return struct.pack(">BBI", 0x91 + len(values), 0xCE, row[2]) + b"".join(
        [b"\xca" + struct.pack(">f", value) for value in values]
    )


WAYS = {
    "enviro": (enviro, "file"),
    "dicts": (dicts_json, "append"),
    "lines": (json_line, "append"),
    "flush": (packed, "flush"),
    "struct": (packed, "append"),
    "msgpack": (msgpack, "append"),
}


class _Log:
    """Writes rows in one way; `size` and `readings` are the totals so far."""

    def __init__(self, way):
        self._encode, self._place = WAYS[way]
        self._trace = Trace("env5")
        self._rows = self._trace.rows(1 << 30)
        self._file = open(_FOLDER + "log", "ab") if self._place == "flush" else None
        self.size = self.readings = 0

    def write(self):
        """Write a row durably; return the number of readings so far."""
        content = self._encode(next(self._rows), self._trace.channels)
        if self._file:
            self._file.write(content)
            self._file.flush()
        else:
            name = "%d" % self.readings if self._place == "file" else "log"
            with open(_FOLDER + name, "ab") as file:
                file.write(content)
        self.size += len(content)
        self.readings += len(self._trace.channels)
        return self.readings


def measure(way, divisor):
    """Return {figure: number}: bytes per reading, erases per thousand, days offline."""
    flash = mounted()
    os.mkdir("/flash/data")
    flash.reset()
    log = _Log(way)
    found = {"days": days(log.write, divisor)}
    found["bytes"] = log.size / log.readings
    found["erases"] = 1000 * flash.erases / log.readings
    return found


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
