"""The record of a stage's rows: where they end, and their CRC. Loaded on demand."""

import struct

from wherry.stage.memory import RECORD, RECORD_AT, RECORD_SIZE


def note(stage) -> None:
    """Write the record over the older one, and flush all to RTC memory."""
    stage.record_sequence += 1
    at = RECORD_AT + RECORD_SIZE if stage.record_sequence & 1 else RECORD_AT
    writer = stage.open_writer
    bits = count = crc = 0
    if writer and writer.count:
        bits, count = writer.bits, writer.count
        end = writer.close() - 4
        crc = struct.unpack("<I", writer.buffer[end : end + 4])[0]
    struct.pack_into(
        RECORD, stage.buffer, at, stage.record_sequence, stage.at, bits, count, stage.count,
        stage.first, crc,
    )  # fmt: skip
    stage.close(at, struct.calcsize(RECORD))
    stage.flush()
