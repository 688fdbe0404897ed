"""Thinning: when room is short, two neighbouring segments become one with every second row.

Rows of one kind, that is, of the same channels, are thinned together: every second row of a kind
stays, so no kind is lost because rows of another kind come between. The new segment grows piece by
piece in its own file, whose last frame states where to continue; thinned.py describes how it
replaces its sources. Nothing waits for thinning: if rows come faster, the oldest segment is
dropped. Loaded only when the queue is nearly full.
"""

import os

from micropython import const

from wherry import small_file
from wherry.queue.new_segment import create
from wherry.queue.room import drop_oldest, is_near_full, queue_size
from wherry.queue.stride import Pieces
from wherry.queue.thinned import finish, new_path, put_progress, read_progress
from wherry.queue.thinned_rows import SegmentRows, ThinnedWriter
from wherry.rows import segment
from wherry.rows.frame import FrameError
from wherry.rows.mask import count_bits

_ROW_STEP_MAX = const(8)
# The number of bytes of a segment that are read in one turn.
_PIECE_SIZE = const(2048)
# Kinds of rows that are thinned separately; all further kinds count as one.
_KINDS_MAX = const(16)
_DAY_S = const(86_400)
_ENOSPC = const(28)


def tidy(node) -> None:
    """Do one piece of thinning in a node's queue; report a flash error."""
    now_s = 0
    if node.stage.state.synced:
        now_s = node.clock.true_ms(node.ticks()) // 1000
    try:
        work(node.queue, now_s)
    except OSError as error:
        node.ports.say("thinning: flash: %s" % error)
        if error.errno == _ENOSPC:
            _give_up(node.queue)


def work(queue, now_s: int) -> None:
    """Continue the current thinning, or make room as needed; reads about 2 KB.

    `now_s` is the time in seconds since 2000, or 0 if it is not known. Raises OSError if the flash
    fails.
    """
    finish(queue)
    path = new_path(queue)
    progress = read_progress(path)
    names = _sources(queue, path) if progress else None
    if names:
        # A sample may come during the walk and need room.
        queue.is_walked = True
        try:
            is_whole = _do_piece(queue, path, names, progress)
        except FrameError:
            _give_up(queue)  # A head has since been damaged: `choose` skips it.
            return
        finally:
            queue.is_walked = False
        if is_whole and _is_smaller(queue, path, names):
            finish(queue)
        elif is_whole:
            _give_up(queue)
        return
    _give_up(queue)
    if len(queue.segments) < 3:
        return
    size = queue_size(queue)
    if not is_near_full(queue, size):
        return
    names = choose(queue, now_s)
    size += queue.segment_size // 4
    if names and size + _size(queue, names) * 5 // 8 <= queue.size_max:
        _begin(queue, path, names[0])
    else:
        queue.is_thinning = drop_oldest(queue)


def choose(queue, now_s: int):
    """Return (older, younger, end) of the segments to be thinned, or None.

    Segments that no live uplink waits for come before the others, the oldest first in each group.
    Returns None as well if the oldest segment is to be dropped first, which costs no live uplink a
    reading.
    """
    names = queue.segments
    if all(upload.ledger.row >= names[1] for upload in queue.uploads):
        return None
    rows = [upload.ledger.row for upload in queue.uploads if _is_live(upload, now_s)]
    live_row = min(rows) if rows else queue.next_row
    older = _step_of(queue, names[0])
    for i in range(1, len(names) - 1):
        younger, end = _step_of(queue, names[i]), _step_of(queue, names[i + 1])
        if younger and younger == older and younger[0] < _ROW_STEP_MAX and end:
            if names[i + 1] > live_row >= names[1]:
                return None
            return names[i - 1 : i + 2]
        older = younger
    return None


def _is_live(upload, now_s):
    """Return True if rows are kept for an uplink; False if refused for over `hold_days`."""
    days = upload.settings.get("hold_days", 30)
    denied_s = upload.ledger.denied_s
    return days and not (denied_s and now_s - denied_s > days * _DAY_S)


def _step_of(queue, name):
    """Return (row step, schema) of a segment, or None if its head is damaged."""
    try:
        head = segment.Head(segment.Walker(), queue.path(name), queue.schema)
    except FrameError:
        return None
    return head.row_step, head.schema


def _sources(queue, path):
    """Return (older, younger, end) of the current thinning, or None if they have changed."""
    names = queue.segments
    try:
        head = segment.Head(segment.Walker(), path, queue.schema)
    except FrameError:
        return None
    if head.row not in names[:-2]:
        return None
    i = names.index(head.row)
    return names[i : i + 3]


def _begin(queue, path, older):
    """Create the new segment, which will replace the older one."""
    head = segment.Head(segment.Walker(), queue.path(older), queue.schema)
    channels = head.channels or queue.channels
    create(path, older, head.readings, channels, head.own_count, head.ms, 2 * head.row_step)
    with open(path, "ab") as file:
        put_progress(file, 0, older, 0, 0, 0)
    queue.is_thinning = True


def _give_up(queue):
    """Delete the new segment and leave its sources."""
    small_file.remove(new_path(queue))
    queue.is_thinning = False


def _is_smaller(queue, path, names):
    """Return True if the new segment saves enough to justify the deleted rows."""
    return os.stat(path)[6] * 8 <= _size(queue, names) * 7


def _size(queue, names):
    return sum([os.stat(queue.path(name))[6] for name in names[:2]])


def _do_piece(queue, path, names, progress):
    """Judge the next rows; return True if they were the last ones."""
    _, row, kept, gone, at = progress
    older, younger, end = names
    name = younger if row >= younger else older
    head = segment.Head(segment.Walker(), path, queue.schema)
    source = SegmentRows(queue, queue.path(name), row, at)
    last_of_kind = {}
    pieces = Pieces(queue)
    writer = None
    with open(path, "ab") as file:
        while source.read < min(_PIECE_SIZE, queue.segment_size // 4):
            if not source.next():
                row = younger if name == older else end
                at = 0
                break
            at = source.at
            rows = source.rows
            pieces.step()
            if rows.row < row:
                continue
            row = rows.row + 1
            if _stays(last_of_kind, rows.mask):
                if not writer:
                    form = source.count, head.row_step, source.kind, head.own_count
                    writer = ThinnedWriter(file, *form)
                values = [rows.values[i] for i in range(source.count) if rows.mask >> i & 1]
                writer.add(rows.row, rows.flags, rows.boot, rows.s, rows.ms, rows.mask, values)
                kept += count_bits(rows.mask)
        if writer:
            writer.close()
        if row >= younger > name:
            at = 0  # The younger one was not read yet.
        if row == end:
            gone = segment.Head(segment.Walker(), queue.path(end), queue.schema).readings
            gone = max(0, gone - head.readings - kept)
        put_progress(file, 1 if row == end else 0, row, kept, gone, at)
    return row == end


def _stays(last_of_kind, mask):
    """Return True if a row stays: the first of its kind in a piece, then every second one."""
    kind = mask if mask in last_of_kind or len(last_of_kind) < _KINDS_MAX else 0
    last_of_kind[kind] = not last_of_kind.get(kind)
    return last_of_kind[kind]
