"""RTC memory: the state, and the rows that wait there."""

import struct
from collections import namedtuple
from operator import itemgetter

from wherry_host.account.spec.files import small_file
from wherry_host.account.spec.frames import frames, rows_of

_STATE = """boot:I zero_ms:q pending_ms:q saved_ticks:q synced:B ref_ticks:q ref_ms:q drift_ppm:i
    last_ms:q clock_error_ms:i sample_due:q send_due:q sync_due:q health_due:q failures:B crashes:I
    sensor_errors:I next_row:{0} readings:{0} schema:I network:B lease:16s lease_due:q server:4s
    server_crc:I server_due:q gap:B flush_due:q ring_page:I ring_at:I ring_step:I uplinks:34s
    own_last_ms:q fast_last_ms:q busy:6s"""
FIELD_COUNT, OLD_FIELD_COUNT, OLDEST_FIELD_COUNT = 35, 32, 26
Layout = namedtuple(
    "Layout", "magic copies counter field_count reserved_size records record_form rows"
)
LAYOUT = Layout(b"\x57\x79\x03\x00", (0, 1720), "Q", FIELD_COUNT, 74, (332, 360), "<IHHHHQI", 388)
# That of 0.1.0, and an earlier one without records.
OLD_LAYOUT = Layout(
    b"\x57\x79\x02\x00", (0, 256), "I", OLD_FIELD_COUNT, 0, (232, 488), "<IHHHHII", 512
)
OLDEST_LAYOUT = Layout(b"\x57\x79\x01\x00", (0, 256), "I", OLDEST_FIELD_COUNT, 0, (), "", 512)


def read_rtc(memory, counts=(0, 0)):
    """The state as a dict, or None after a power cut, and the rows that wait in the stage.

    `counts` are those of the node's channels, as frames.unmasked has them.
    """
    for layout in (OLD_LAYOUT, OLDEST_LAYOUT, LAYOUT):
        states = [read_state(memory[at:], layout) for at in layout.copies]
        state = max((each for each in states if each), key=itemgetter(0), default=None)
        if state:
            rows = stage_rows(memory, layout, counts) if layout.records else oldest_rows(memory)
            return state[1], rows
    return None, []


def fields_of(layout):
    """[(name, struct code)] of a state."""
    fields = [field.split(":") for field in _STATE.format(layout.counter).split()]
    return fields[: layout.field_count]


def read_state(copy, layout):
    """(sequence, fields), or None."""
    fields = fields_of(layout)
    form = "<4sI" + "".join(kind for _, kind in fields)
    payload = small_file(copy[: struct.calcsize(form) + layout.reserved_size + 4])
    if not payload or payload[:4] != layout.magic:
        return None
    _, sequence, *values = struct.unpack_from(form, payload)
    return sequence, dict(zip((name for name, _ in fields), values, strict=True))


def oldest_rows(memory):
    rows, at = [], OLDEST_LAYOUT.rows
    while at + 1 < len(memory):
        end = at + 6 + memory[at + 1]
        found, damaged = frames(memory[at:end])
        if damaged or end > len(memory):
            break
        rows += rows_of(*found[0])
        at = end
    return rows


def stage_rows(memory, layout, counts):
    """The rows that wait by the best record."""
    size = struct.calcsize(layout.record_form) + 4
    payloads = [small_file(memory[at : at + size]) for at in layout.records]
    choices = []
    for payload in filter(None, payloads):
        sequence, at, bits, _, waiting, first, crc = struct.unpack(layout.record_form, payload)
        whole, damaged = frames(memory[layout.rows : at])
        opened = open_frame(memory, at, bits, crc)
        worth = 2 * (opened is not None or not bits) + (not damaged)
        found = whole + (opened or [])
        rows = [row for frame in found for row in rows_of(*frame, 1, counts)]
        rows = [row for row in rows if row.number >= first] if waiting else []
        choices.append((worth if waiting else 3, sequence, rows))
    return max(choices)[2] if choices else []


def open_frame(memory, at, bits, crc):
    """A list of the (kind, payload) that the record tells of, or None."""
    frame = bytearray(memory[at : at + (bits + 7) // 8])
    if not frame:
        return None
    frame[1] = len(frame) - 2
    frame[-1] |= (1 << -bits % 8) - 1
    return frames(bytes(frame) + struct.pack("<I", crc))[0] or None
