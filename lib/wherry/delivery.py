"""An upload: join the network, get the time, and let each uplink send its waiting rows."""

from micropython import const

from wherry import free
from wherry.sending import verdict
from wherry.sending.step import step
from wherry.sending.upload import EXCHANGE_MS_MIN, TURN_MS_MAX

# Of an uplink's byte of the state's `busy`: see sending/schedule/busy.py.
_CUT_SHORT = const(0x40)


def send(node) -> None:
    """Send what is due; report failures, and set the next due time in the state."""
    state = node.stage.state
    begin = node.ticks()
    state.send_due = node.next_upload(begin)
    scheduled = node.has_own_due_times()
    if scheduled:
        _schedule().prepare(node, begin)
        free()
    deadline = node.ticks() + TURN_MS_MAX
    node.link = node.link or node.ports.link(node)
    try:
        node.link.open(_rtc(node, deadline))
        _make_ready(node, begin, deadline)
        if state.send_due > node.ticks():
            # The node's slot is known once the time is. An alarm meanwhile is due immediately.
            state.send_due = node.next_upload(begin)
        node.is_sending = True
        if scheduled:
            _serve_all(node, begin, deadline)
        else:
            _serve(node, node.uploads[0], deadline)
    except OSError as error:
        _retry().stay_away(node, node.uploads[0], verdict.NO_ANSWER, 0, str(error))
        if scheduled:
            _schedule().store(node, begin)
        if node.link.time["ds3231"] and not state.synced:
            _recall_time(node)
    finally:
        node.is_sending = False
        # On mains the link is closed after repeated failures: the access point may be gone.
        if not node.mains or state.failures > 1:
            node.link.close()


def _recall_time(node):
    free()
    from wherry.time_sources.recall import recall

    recall(node)


def _make_ready(node, begin, deadline):
    from wherry import ready

    ready.make_ready(node, begin, deadline)


def _serve_all(node, begin, deadline):
    """Let the due uplinks send, one after another."""
    every_ms = node.send_every_ms
    try:
        for upload in _schedule().due_uploads(node, begin):
            own_deadline = _uplink_turn().start(node, upload, begin, deadline, every_ms)
            if own_deadline:
                _serve(node, upload, own_deadline)
            _uplink_turn().end(node, upload)
    finally:
        node.send_every_ms = every_ms
        _uplink_turn().finish(node)


def _uplink_turn():
    """Return the module uplink_turn; a reference in the caller would keep it in the heap."""
    free()
    from wherry.sending.schedule import uplink_turn

    return uplink_turn


def _schedule():
    from wherry.sending.schedule import schedule

    return schedule


def _serve(node, upload, deadline):
    """Let one uplink send; its failure does not affect the others."""
    failures = node.stage.state.failures
    # Unload the modules that added rows, to make room for the request.
    free()
    try:
        _begin(upload, failures)
        _send_batches(node, upload, deadline)
        if node.orders and node.stage.state.failures <= failures:
            from wherry.orders import orders

            failure = orders.carry_out(node, upload, deadline)
            if failure:
                _retry().stay_away(node, upload, *failure)
    except OSError as error:
        _retry().stay_away(node, upload, verdict.NO_ANSWER, 0, str(error))
    if node.refused:
        from wherry.sending.schedule import alert

        node.refused = alert.report(node, node.refused[0], node.refused[1], deadline)


def _begin(upload, failures):
    from wherry.sending.begin import begin

    begin(upload, failures)
    free()


def _rtc(node, ticks):
    return ticks + node.stage.state.zero_ms


def _send_batches(node, upload, deadline):
    """Send all rows that waited at the start, until time is short or the server refuses.

    Rows that are sampled meanwhile are left for the next upload: with fast sampling, this one
    would never end.
    """
    sent, outcome = 0, None
    rows_end = node.queue.next_row
    place = node.uploads.index(upload)
    node.stage.state.busy[place] &= ~_CUT_SHORT
    while upload.ledger.row < rows_end:
        if node.ticks() > deadline - EXCHANGE_MS_MIN:
            # On battery, wait until the next sample.
            state = node.stage.state
            state.send_due = node.ticks() if node.mains else state.sample_due
            if outcome:
                state.busy[place] |= _CUT_SHORT
            if upload.selection:
                # Save the cursor even if it only passed rows for other uplinks: a wake need not
                # walk them again.
                upload.ledger.save()
            break
        outcome = step(upload, _exchange(node, upload, deadline), node.stage.state.boot)
        # Unload the modules that settled the answer: new rows and the next request need the room.
        free()
        if outcome.kind is None:
            break
        if outcome.kind == verdict.DELIVERED:
            sent += outcome.count
            node.stage.state.failures = node.stage.state.busy[place] = 0
        elif outcome.kind in (verdict.REJECTED, verdict.PARTIAL) or (
            outcome.kind == verdict.AGAIN and "gzip" in outcome.note
        ):
            node.ports.say("%s: refused, %s" % (upload.name, outcome.note))
        elif outcome.kind != verdict.AGAIN and not _goes_on(node, upload, outcome, deadline):
            break
        if upload.remembers and _obey(node, upload):
            break
        node.sample_if_due()
    if sent:
        node.ports.say("%s: delivered %d, %d waiting" % (upload.name, sent, upload.waiting()))


def _goes_on(node, *failed):
    """Wait for the batch's next try; return False if it does not come in this upload."""
    due = _retry().next_try(node, *failed)
    # Unload the modules that chose the time: new rows need the room.
    free()
    if due is None:
        return False
    from wherry.sending.schedule import pause

    pause.wait_until(node, due)
    return True


def _retry():
    """Return the module retry; a reference in the caller would keep it in the heap."""
    from wherry.sending.schedule import retry

    return retry


def _exchange(node, upload, deadline):
    """Return a function that sends one of an upload's requests and returns the response."""
    rtc_ms = _rtc(node, deadline)
    return lambda request: node.link.exchange(request, rtc_ms, upload.settings["ca"])


def _obey(node, upload):
    """Carry out the server's requests; return whether the uplink's turn is over."""
    from wherry.sending.session import server_requests

    return server_requests.obey(node, upload)
