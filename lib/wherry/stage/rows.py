"""Appends and forgets the rows of a stage. Loaded on demand."""

from wherry.stage.memory import ROWS_AT
from wherry.stage.record import note


def append(stage, put_row, row) -> bool:
    """Implement Stage.append; `put_row` is from rows/put.py.

    `put_row` is already loaded, so that nothing is read from flash here: a read may fail.
    """
    writer = stage.writer
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


def forget_rows(stage, is_followed: bool) -> None:
    """Implement Stage.forget_rows."""
    stage.count = 0
    if not is_followed:
        stage.open_writer = None
        stage.begin(ROWS_AT)
    # The record is written to both slots, so that neither can bring a row back.
    note(stage)
    note(stage)
