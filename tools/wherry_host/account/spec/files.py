"""Small files, and the readings that are set aside."""

import struct
import zlib

from wherry_host.account.spec.frames import ASIDE, frames
from wherry_host.account.spec.octets import Bytes

LEDGER_FORM = "<QBQQQQQQIQQQQHBB"
LEDGER_SIZE = struct.calcsize(LEDGER_FORM)


def small_file(content):
    """Return the payload of a small file, or None."""
    payload, crc = content[:-4], content[-4:]
    return payload if crc == struct.pack("<I", zlib.crc32(payload)) and payload else None


def read_note(content):
    """Return (tail segment, schema, row, readings before it, flags)."""
    return struct.unpack("<QIQQB", small_file(content))


def read_ledger(content):
    """Return all fields of a ledger; fields missing at the end are 0."""
    return ledger_fields(small_file(content))


def ledger_fields(payload):
    """Return the fields of a bare ledger from a ring."""
    return struct.unpack(LEDGER_FORM, payload[:LEDGER_SIZE].ljust(LEDGER_SIZE, b"\0"))


def read_anchors(content):
    """Return (boot, ticks, true ms since 2000) tuples; negative ticks mark an estimate."""
    return list(struct.iter_unpack("<Iqq", small_file(content)))


def estimate_fields(ticks):
    """Return (number of rows, uncertainty in ms) of an estimate from its negative ticks."""
    return divmod(-1 - ticks, 1 << 40)


def read_crash(content):
    payload = small_file(content)
    return payload[0], payload[1:].decode(errors="replace")


def read_aside(content):
    """Return (row, index, decimals, value, s, ms/None, status, name, reason, uplink) tuples."""
    readings = []
    for kind, payload in frames(content)[0]:
        if kind == ASIDE:
            source = Bytes(payload)
            fields = [source.varint(), source.byte(), source.byte(), source.signed()]
            fields += [source.varint(), source.varint() - 1, source.varint()]
            fields[5] = None if fields[5] < 0 else fields[5]
            readings.append((*fields, *(source.text() for _ in range(3))))
    return readings


def read_gaps(content):
    """Return the number of all gaps, and (row, before, after) of the newest gaps.

    A stamp is (flags, boot, s, ms).
    """
    payload = small_file(content)
    gaps = [
        (row, tuple(stamps[:4]), tuple(stamps[4:]))
        for row, *stamps in struct.iter_unpack("<QBIIHBIIH", payload[4:])
    ]
    return int.from_bytes(payload[:3], "little"), gaps
