"""Sends the readings of an order's source, batch by batch, with a separate cursor."""

from micropython import const

from wherry.sending import verdict
from wherry.sending.action import DELIVER, DOUBT, HALVE, SET_ASIDE, STRIKE
from wherry.sending.upload import EXCHANGE_MS_MIN

# After this many readings refused in a row a replay ends: the server is at fault.
_REFUSED_MAX = const(8)


class Sender:
    """Sends an order's readings; `source` is from replay.py or resend.py, `name` the order's."""

    def __init__(self, node, upload, order, source, name):
        self._node = node
        self._upload = upload
        self._order = order
        self._source = source
        self._name = name
        self._most = upload.dialect.BATCH_COUNT_MAX
        self._refused = 0

    def run(self, deadline: int):
        """Send until all is sent or time is short; return (is_done, trouble).

        `trouble` is (verdict, retry_s, note) or None. Raises OSError if the link or the flash
        fails.
        """
        node, upload, order, source = self._node, self._upload, self._order, self._source
        while not self._is_late(deadline):
            if upload.remembers:
                from wherry.sending.session import server_requests

                server_requests.leave_time(node, upload)
            # After a failure, send readings alone to find the one that the server fails on.
            count_max = 1 if order.failures else self._most
            request = _request(upload, source.batch, count_max)
            if request is None:
                if source.pass_by():
                    node.sample_if_due()
                    continue
                return True, None
            outcome = _exchange(node, upload, order, request, source.batch, deadline)
            if outcome.kind == verdict.BUSY:
                if not self._wait(outcome, deadline):
                    break
                continue
            found = self._settle(outcome)
            if found:
                return found
            if upload.remembers:
                from wherry.sending.session import server_requests

                if server_requests.obey(node, upload):
                    break
            node.sample_if_due()
        return False, None

    def _wait(self, outcome, deadline):
        """Wait for a busy server; return whether to try again in this upload."""
        from wherry.sending.schedule import busy, pause

        note = "order: %s: %s" % (self._name, outcome.note)
        due = busy.next_try(self._node, self._upload, outcome.retry_s, note, deadline)
        if due is not None:
            pause.wait_until(self._node, due)
        return due is not None

    def _is_late(self, deadline):
        """Return whether it is too late for an exchange; if so, set the next due time."""
        node, state = self._node, self._node.stage.state
        now = node.ticks()
        if now > deadline - EXCHANGE_MS_MIN:
            state.send_due = now if node.mains else state.sample_due
            return True
        return False

    def _settle(self, outcome):
        """Settle an Outcome; return `run`'s result, or None to continue."""
        action, note = outcome.action, outcome.note
        order, source, say = self._order, self._source, self._node.ports.say
        if action == DELIVER:
            source.deliver()
            self._most = min(2 * self._most, self._upload.dialect.BATCH_COUNT_MAX)
            self._refused = 0
            say("order: %s: %d sent" % (self._name, order.sent))
        elif action == HALVE:
            self._most = source.batch.count // 2
        elif action == SET_ASIDE:
            source.refuse(outcome.status, note)
            self._refused += 1
            if self._refused >= _REFUSED_MAX and order.to_s:
                say(
                    "order: %s: stopped, the server refuses every reading: %s" % (self._name, note)
                )
                return True, None
        elif outcome.kind not in (verdict.AGAIN, verdict.PARTIAL):
            return False, (outcome.kind, outcome.retry_s, "order: %s: %s" % (self._name, note))
        return None


def _request(upload, batch, count_max):
    """Return the uplink's next request, with at most `count_max` readings."""
    batch.learned_max = min(count_max, upload.count_max or count_max)
    return upload.dialect.next_request(upload.settings, upload.session, batch)


def _exchange(node, upload, order, request, batch, deadline):
    """Send a request; return its Outcome."""
    rtc_ms = deadline + node.stage.state.zero_ms
    try:
        response = node.link.exchange(request, rtc_ms, upload.settings["ca"])
    except OSError:
        _doubt(upload, batch.count)
        raise
    # The batch's count is complete only after the exchange.
    outcome = upload.judge(response, batch.count)
    # A server error counts against a reading only if the server takes others.
    is_counted = not node.stage.state.failures
    from wherry.sending import decision

    decision.decide(upload, outcome, batch, order.failures if is_counted else 0)
    if upload.remembers and upload.session.has_changed:
        from wherry.sending.session import session_file

        session_file.keep(upload)
    if outcome.action == DOUBT:
        _doubt(upload, batch.count)  # Some were stored: after this, each is sent alone.
    # An error that sets a reading aside, too.
    if is_counted and outcome.status >= 500 and outcome.action in (STRIKE, SET_ASIDE):
        order.failures += 1
        order.save()
    return outcome


def _doubt(upload, count):
    """Count readings that are sent again although the server may already have stored them.

    An order's readings are not set aside, because the owner requested them.
    """
    if "on_doubt" in upload.settings and count:
        upload.ledger.doubted += count
        upload.ledger.save()
