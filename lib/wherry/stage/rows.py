"""Rows that a stage takes, and the record of them. Loaded for the moment."""

import struct

from wherry.rows.put import put_row
from wherry.stage.memory import RECORD, RECORD_AT, RECORD_SIZE, ROWS_AT


def append(stage, *row) -> bool:
    """Do what Stage.append promises."""
    writer = stage.writer
    if stage.is_old:
        return False
    if not stage.count and stage.at > ROWS_AT:
        stage.begin(ROWS_AT)
    added_at = writer.bits >> 3
    if not put_row(writer, *row):
        if not writer.count:
            return False
        stage.begin(stage.at + writer.close() if stage.count else ROWS_AT)
        added_at = 0
        if not put_row(writer, *row):
            return False
    end = writer.close()
    at = stage.at
    stage.buffer[at : at + 2] = writer.buffer[:2]
    stage.buffer[at + added_at : at + end] = writer.buffer[added_at:end]
    if not stage.count:
        stage.first = row[0]
    stage.count += 1
    note(stage)
    return True


def drained(stage, is_followed: bool) -> None:
    """Do what Stage.drained promises."""
    stage.count = 0
    if not is_followed:
        stage.open_writer = None
        stage.begin(ROWS_AT)
    if stage.is_old:
        from wherry.stage import recovery

        recovery.end_old(stage)
    # Once in each slot: what takes the newer one brings no row back.
    note(stage)
    note(stage)


def note(stage) -> None:
    """Do what Stage.note promises."""
    if stage.is_old:
        return
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
