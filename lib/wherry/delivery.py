"""An upload: the network is joined, the time asked, and each uplink sends what waits."""

from wherry import free
from wherry.sending import verdict
from wherry.sending.step import step
from wherry.sending.upload import EXCHANGE_MS_MIN, TURN_MS_MAX
from wherry.time.clock import next_due


def send(node) -> None:
    """Send what is due; trouble is said, and the state has when to come again."""
    state = node.stage.state
    begin = node.ticks()
    state.send_due = next_due(begin, node.send_every_ms, begin)
    scheduled = node.has_own_due_times()
    if scheduled:
        _schedule().prepare(node, begin)
        free()
    deadline = node.ticks() + TURN_MS_MAX
    node.link = node.link or node.ports.link(node)
    try:
        node.link.open(_rtc(node, deadline))
        _make_ready(node, begin, deadline)
        node.is_sending = True
        if scheduled:
            _serve_all(node, begin, deadline)
        else:
            _serve(node, node.uploads[0], deadline)
    except OSError as error:
        _retry().stay_away(node, node.uploads[0], verdict.NO_ANSWER, 0, str(error))
        if scheduled:
            _schedule().store(node, begin)
    finally:
        node.is_sending = False
        # Also after failures in a row: the radio may be joined to an access point long gone.
        if not node.mains or state.failures > 1:
            node.link.close()


def _make_ready(node, begin, deadline):
    from wherry import ready

    ready.make_ready(node, begin, deadline)


def _serve_all(node, begin, deadline):
    """Let the uplinks send that are due, one after the other."""
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
    """Return the module uplink_turn; a caller that kept it would keep it in the heap."""
    free()
    from wherry.sending import uplink_turn

    return uplink_turn


def _schedule():
    from wherry.sending import schedule

    return schedule


def _serve(node, upload, deadline):
    """Let one uplink send; its failure is no other's."""
    failures = node.stage.state.failures
    # What has added rows leaves its room to the request.
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
        from wherry.sending import alert

        node.refused = alert.report(node, node.refused[0], node.refused[1], deadline)


def _begin(upload, failures):
    from wherry.sending.begin import begin

    begin(upload, failures)
    free()


def _rtc(node, ticks):
    return ticks + node.stage.state.zero_ms


def _send_batches(node, upload, deadline):
    """Send until all is sent that waited at the start, time is short or the server says no.

    Rows that come meanwhile are the next upload's, or a fast sampler would never let it end.
    """
    sent = 0
    rows_end = node.queue.next_row
    place = node.uploads.index(upload)
    while upload.ledger.row < rows_end:
        if node.ticks() > deadline - EXCHANGE_MS_MIN:
            # A cell rests until the next sample.
            state = node.stage.state
            state.send_due = node.ticks() if node.mains else state.sample_due
            if upload.selection:
                # Also past rows of others alone, which a wake need not walk again.
                upload.ledger.save()
            break
        outcome = step(upload, _exchange(node, upload, deadline), node.stage.state.boot)
        # What has settled the answer leaves its room to rows that come, and to the next request.
        free()
        if outcome.kind is None:
            break
        if outcome.kind == verdict.DELIVERED:
            sent += outcome.count
            node.stage.state.failures = node.stage.state.busy[place] = 0
        elif outcome.kind in (verdict.REJECTED, verdict.PARTIAL):
            node.ports.say("%s: refused, %s" % (upload.name, outcome.note))
        elif outcome.kind != verdict.AGAIN and not _goes_on(node, upload, outcome, deadline):
            break
        if upload.remembers and _obey(node, upload):
            break
        node.sample_if_due()
    if sent:
        node.ports.say("%s: delivered %d, %d waiting" % (upload.name, sent, upload.waiting()))


def _goes_on(node, *failed):
    """Return whether the same batch goes again in this upload, after waiting for that."""
    due = _retry().next_try(node, *failed)
    # What has found the time leaves its room to rows that come.
    free()
    if due is None:
        return False
    from wherry.sending import pause

    pause.wait_until(node, due)
    return True


def _retry():
    """Return the module retry; a caller that kept it would keep it in the heap."""
    from wherry.sending import retry

    return retry


def _exchange(node, upload, deadline):
    """Return what sends a request of an upload and returns the response."""
    rtc_ms = _rtc(node, deadline)
    return lambda request: node.link.exchange(request, rtc_ms, upload.settings["ca"])


def _obey(node, upload):
    """Return whether the uplink's turn is over, and do what its server has asked for."""
    from wherry.sending import server_requests

    return server_requests.obey(node, upload)
