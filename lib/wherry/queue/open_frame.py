"""The open frame, which holds the newest rows: continued after a boot, or shortened."""

from wherry.rows.frame import FrameError
from wherry.rows.mask import count_bits
from wherry.rows.reader import RowsReader


def resume(writer, frame) -> int:
    """Let a writer continue an intact frame; return the number of its readings.

    The result is -1 if the frame cannot be read.
    """
    try:
        return _go_on(writer, RowsReader(bytearray(frame), writer.channel_count, writer.own_count))
    except FrameError:
        writer.clear()
        return -1


def take_back(queue) -> None:
    """Remove the newest row from the open frame, because its write to flash failed."""
    from wherry.rows.put import put_row

    writer = queue.writer
    reader = RowsReader(bytearray(writer.buffer), len(queue.channels), queue.own_count)
    count = writer.count - 1
    writer.clear()
    reader.open(0)
    for _ in range(count):
        reader.next()
        values = [reader.values[i] for i in range(len(reader.values)) if reader.mask >> i & 1]
        put_row(
            writer, reader.row, reader.flags, reader.boot, reader.s, reader.ms, reader.mask, values
        )


def _go_on(writer, reader):
    """Continue the frame in a reader's buffer; return the number of readings in it."""
    writer.clear()
    writer.use(reader.buffer[0])
    reader.open(0)
    writer.row, writer.flags, writer.boot = reader.row, reader.flags, reader.boot
    readings = 0
    while reader.next():
        writer.count += 1
        readings += count_bits(reader.mask)
    writer.buffer[: len(reader.buffer)] = reader.buffer
    writer.last[:], writer.states = reader.values, reader.states
    writer.s, writer.ms, writer.step, writer.mask = reader.s, reader.ms, reader.step, reader.mask
    writer.bits = reader.bits
    return readings
