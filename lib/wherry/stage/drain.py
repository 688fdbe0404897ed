"""Drains rows from the stage to the queue, and notes gaps where rows were lost before that.

Loaded on demand: a row that is queued immediately does not pass through it.
"""

from wherry.rows.frame import FrameError


def reconcile(node) -> None:
    """Reconcile the stage with the queue at boot or on wake."""
    stage, queue, state = node.stage, node.queue, node.stage.state
    if stage.count and stage.first < queue.next_row and not queue.damaged:
        # The queue got these rows before a crash, and any gap before them was noted then.
        from wherry.stage import recovery

        recovery.forget(stage, queue.next_row)
        state.gap = 0
    is_foreign = state.schema != queue.schema
    waits = node.stage_age_ms and not (is_foreign or queue.damaged)
    # Rows of other channels must be drained before new rows come.
    if not waits and try_drain(node) and is_foreign:
        node.save()


def try_drain(node) -> bool:
    """Drain the stage; return True if no row waits in RTC memory any more."""
    try:
        node.drain_stage()
    except OSError as error:
        node.ports.say("flash write failed, rows kept in RTC memory: %s" % error)
    return not node.stage.count


def drain(node) -> None:
    """Move the waiting rows to the queue, which does not hold them yet.

    Raises OSError if the flash fails; rows that are not in the queue then continue to wait. A walk
    over the queue meanwhile must not sample: a new row would be staged between these.
    """
    was_sampling, node.is_sampling = node.is_sampling, True
    try:
        _drain(node)
    finally:
        node.is_sampling = was_sampling


def _drain(node):
    stage, queue = node.stage, node.queue
    had_gap = stage.state.gap
    for first, end in _pieces(node):
        if not queue.damaged:
            queue.next_row = max(queue.next_row, first)
        # A damaged queue numbers the rows differently from the stage.
        shift = first - queue.next_row
        rows = (row for number, row in _waiting(node) if first <= number < end)
        try:
            if node.stage_age_ms:
                queue.extend(rows)
            else:
                # The rows wait because the flash failed: write them one by one, so that each write
                # is as small as possible.
                for row in rows:
                    node.queue_row(*row)
        except OSError:
            from wherry.stage import recovery

            recovery.forget(stage, queue.next_row + shift)
            raise
    if stage.state.gap != had_gap:
        stage.save()
    stage.forget_rows(queue.follows_stage)


def _waiting(node):
    """Yield (number, row as Queue.append takes it) of the waiting rows."""
    stage, schema = node.stage, node.stage.state.schema
    if schema and schema != node.queue.schema:
        from wherry.stage import schema_change

        yield from schema_change.waiting(stage, node.queue)
        return
    for rows in stage.waiting():
        values = [rows.values[i] for i in range(len(rows.values)) if rows.mask >> i & 1]
        yield rows.row, (rows.flags, rows.boot, rows.s, rows.ms, rows.mask, values)


def _pieces(node):
    """Return [(first, end)] of the waiting row numbers, and note the gaps between them."""
    stage, queue, state = node.stage, node.queue, node.stage.state
    pieces = []
    begin = end = stage.first if queue.damaged else queue.next_row
    before = None
    try:
        for number, row in _waiting(node):
            if state.gap or number > end:
                _note(node, number, before, row[:4])
                state.gap = 0
            if number > end:
                pieces.append((begin, end))
                begin = number
            end = number + 1
            before = row[:4]
    except FrameError as error:
        node.ports.say("RTC memory: rows lost: %s" % error)
    pieces.append((begin, end))
    if not queue.damaged and end < stage.first + stage.count:
        state.gap = 1  # Rows are missing at the end: the gap ends at the next row.
    return pieces


def _note(node, row, before, after):
    before = before or _newest(node.queue)
    if not before and (node.queue.next_row or node.stage.state.boot > 1):
        before = 0, 0, 0, 0  # The rows before the gap are gone, or never reached the flash.
    if before:
        from wherry.stage import gaps

        gaps.note(node.queue.root, row, before, after)
        node.ports.say("gap before row %d: rows lost with RTC memory" % row)


def _newest(queue):
    """Return the stamp (flags, boot, s, ms) of the queue's newest row, or None without one."""
    reader = queue.reader()
    reader.seek(max(0, queue.next_row - 1))
    stamp = None
    while reader.next():
        rows = reader.rows
        stamp = rows.flags, rows.boot, rows.s, rows.ms
    return stamp
