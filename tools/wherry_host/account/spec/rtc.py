"""RTC memory: the state, and the rows in the stage."""

import struct
from operator import itemgetter

from wherry_host.account.spec.files import small_file
from wherry_host.account.spec.frames import frames, rows_of

_STATE = """boot:I zero_ms:q pending_ms:q saved_ticks:q synced:B ref_ticks:q ref_ms:q drift_ppm:i
    last_ms:q clock_error_ms:i sample_due:q send_due:q sync_due:q health_due:q failures:B crashes:I
    sensor_errors:I next_row:Q readings:Q schema:I network:B lease:16s lease_due:q server:4s
    server_crc:I server_due:q gap:B flush_due:q ring_page:I ring_at:I ring_step:I uplinks:34s
    own_last_ms:q fast_last_ms:q busy:80s"""
FIELDS = [field.split(":") for field in _STATE.split()]
# The magic and the sequence precede the fields.
FORM = "<4sI" + "".join(kind for _, kind in FIELDS)
MAGIC, COPIES_AT = b"\x57\x79\x03\x00", (0, 1720)
SLEEP_CLOCK_AT, SLEEP_CLOCK_FORM = 1661, "<HhhiHbbB"
RECORDS_AT, RECORD_FORM, ROWS_AT = (332, 360), "<IHHHHQI", 388


def read_rtc(memory, counts=(0, 0)):
    """Return the state as a dict (None after a power cut) and the rows in the stage.

    `counts` is as in `frames.unmasked`.
    """
    state = newest_state(memory)
    return (state, stage_rows(memory, counts)) if state else (None, [])


def newest_state(memory):
    """Return the fields of the newer copy of the state, or None after a power cut."""
    states = [read_state(memory[at:]) for at in COPIES_AT]
    return max((each for each in states if each), key=itemgetter(0), default=(0, None))[1]


def read_state(copy):
    """Return (sequence, fields), or None."""
    payload = small_file(copy[: struct.calcsize(FORM) + 4])
    if not payload or payload[:4] != MAGIC:
        return None
    _, sequence, *values = struct.unpack(FORM, payload)
    return sequence, dict(zip((name for name, _ in FIELDS), values, strict=True))


def drift_uncertainty_ppm(memory):
    """Return the uncertainty of the sleep clock's drift."""
    size = struct.calcsize(SLEEP_CLOCK_FORM) + 4
    payload = small_file(memory[SLEEP_CLOCK_AT : SLEEP_CLOCK_AT + size])
    if not payload:
        return 5_000
    ppm, _, _, total, count, _, mean, spread = struct.unpack(SLEEP_CLOCK_FORM, payload)
    beyond = abs(total // count - 2 * mean) - 2 * spread - 1 if count else 0
    return min(5_000, ppm + max(0, beyond) * 15)


def stage_rows(memory, counts):
    """Return the rows in the stage, as the best record describes them."""
    size = struct.calcsize(RECORD_FORM) + 4
    payloads = [small_file(memory[at : at + size]) for at in RECORDS_AT]
    choices = []
    for payload in filter(None, payloads):
        sequence, at, bits, _, waiting, first, crc = struct.unpack(RECORD_FORM, payload)
        whole, damaged = frames(memory[ROWS_AT:at])
        opened = open_frame(memory, at, bits, crc)
        worth = 2 * (opened is not None or not bits) + (not damaged)
        found = whole + (opened or [])
        rows = [row for frame in found for row in rows_of(*frame, 1, counts)]
        rows = [row for row in rows if row.number >= first] if waiting else []
        choices.append((worth if waiting else 3, sequence, rows))
    return max(choices)[2] if choices else []


def open_frame(memory, at, bits, crc):
    """Return a list with the (kind, payload) of the frame that the record describes, or None."""
    frame = bytearray(memory[at : at + (bits + 7) // 8])
    if not frame:
        return None
    frame[1] = len(frame) - 2
    frame[-1] |= (1 << -bits % 8) - 1
    return frames(bytes(frame) + struct.pack("<I", crc))[0] or None
