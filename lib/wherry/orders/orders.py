"""What the owner has ordered: small files in a folder, put there by `wherry queue`.

    flush             rows move to the segments, and an upload is tried at once
    replay-<uplink>   what was delivered in a window of time is sent again
    resend-<uplink>   what was set aside is sent again
    cancel            all orders are taken back

A name ends in `.new` until the node has seen the order. How far it is stands in its own file, so
that it goes on after a sleep or a cut. Loaded at a start that finds orders, and at the end of each
upload as long as there are any.
"""

import os
import struct

from micropython import const

from wherry import small_file
from wherry.sending import verdict

FORM = "<IIQBQQBHQQB"
# As 0.1.0 wrote it.
_OLD_FORM = "<IIIBIIBHIIB"
_FIELDS = (
    "from_s", "to_s", "row", "channel", "sent", "refused", "failures", "pending", "base",
    "end_row", "end_channel",
)  # fmt: skip
_NEW = ".new"
_KINDS = ("replay", "resend")
# No exchange is begun with less time than this.
_EXCHANGE_MS_MIN = const(5_000)
# After this many readings refused in a row a replay ends: the server is at fault, not they.
_REFUSED_MAX = const(8)
# After this many failed answers to one reading it counts as refused.
_FAILURES_MAX = const(4)


class Order:
    """An order's file: an attribute for each of _FIELDS. docs/spec.md says what they are."""

    def __init__(self, path: str):
        """Read it; raises ValueError for a file that is no intact order."""
        self.path = path
        self.row = self.channel = self.sent = self.refused = self.failures = self.pending = 0
        self.from_s = self.to_s = 0
        content = small_file.read(path)
        form = _OLD_FORM if len(content or b"") == struct.calcsize(_OLD_FORM) else FORM
        if content is None or len(content) != struct.calcsize(form):
            raise ValueError("damaged")
        values = struct.unpack(form, content)
        for i, name in enumerate(_FIELDS):
            setattr(self, name, values[i])

    def save(self) -> None:
        """Make it durable; raises OSError where the flash does."""
        fields = [getattr(self, name) for name in _FIELDS]
        small_file.write(self.path, struct.pack(FORM, *fields))

    def advance(self, end: tuple) -> None:
        """Go on from (row, channel index), durably."""
        self.row, self.channel = end
        self.failures = 0
        self.save()


def begin(node, folder: str) -> None:
    """Take up the orders in a folder; after a new one the node uploads at once."""
    names = os.listdir(folder)
    node.orders = folder
    try:
        for upload, name in _known(node, names):
            _settle(node, upload, "%s/%s" % (folder, name))
        known = [name for _, name in _known(node, names)]
        fresh = [name for name in names if name.endswith(_NEW)]
        for name in names:
            # Half written, or to an uplink that is no longer configured.
            if name not in known and name not in fresh:
                small_file.remove("%s/%s" % (folder, name))
        if fresh:
            node.stage.state.send_due = node.clock.ticks(node.ports.rtc_ms())
            node.save()
        for name in fresh:
            _take_up(node, folder, name[: -len(_NEW)], names)
    except OSError as error:
        node.ports.say("order: flash: %s" % error)


def _take_up(node, folder, name, names):
    """Note that a new order was seen; what it asks of the flash alone is done here."""
    path = "%s/%s" % (folder, name)
    if name == "flush":
        node.drain_stage()
        node.queue.spill()
        node.ports.say("order: flush: all rows lie in the flash")
    elif name == "cancel":
        for _, old in _known(node, names):
            small_file.remove("%s/%s" % (folder, old))
            node.ports.say("order: %s: taken back" % old)
    elif _known(node, [name]):
        os.rename(path + _NEW, path)
        return
    small_file.remove(path + _NEW)


def _known(node, names):
    """Return [(upload, name)] of the orders among the names that were seen before."""
    found = []
    for upload in node.uploads:
        found += [(upload, name) for name in _names(upload) if name in names]
    return found


def _names(upload):
    return ["%s-%s" % (kind, upload.name) for kind in _KINDS]


def _settle(node, upload, path):
    """Finish what a cut left half done, before the ledger changes."""
    try:
        order = Order(path)
    except ValueError:
        return  # Told when it is to be carried out.
    if order.pending:
        from wherry.orders import resend

        resend.settle(node, upload, order)


def carry_out(node, upload, deadline: int):
    """Work on the orders to an uplink, all of whose readings were sent, until time is short.

    `deadline` is in ticks. Returns (verdict, retry_s, note) if the server would not have them now,
    else None; raises OSError where the link or the flash does.
    """
    for name in os.listdir(node.orders):
        if name not in _names(upload):
            continue
        path = "%s/%s" % (node.orders, name)
        try:
            order = Order(path)
        except ValueError as error:
            node.ports.say("order: %s: %s" % (name, error))
            small_file.remove(path)
            continue
        source = _source(name)(node, upload, order)
        is_done, trouble = _send(node, upload, order, source, name, deadline)
        if not is_done:
            return trouble
        node.ports.say(
            "order: %s: done, %d sent again, %d refused" % (name, order.sent, order.refused)
        )
        small_file.remove(path)
    if not _known(node, os.listdir(node.orders)):
        node.ports.say("orders: done")
        node.orders = None
    return None


def _source(name):
    """Return what makes the source of an order's readings."""
    if name.startswith("replay"):
        from wherry.orders import replay

        return replay.source
    from wherry.orders import resend

    return resend.source


def _send(node, upload, order, source, name, deadline):
    """Send what a source has, batch by batch; return is_done, (verdict, retry_s, note) or None."""
    state = node.stage.state
    batch, most = source.batch, upload.module.BATCH_COUNT_MAX
    most_ever = most
    refused = 0
    while True:
        now = node.clock.ticks(node.ports.rtc_ms())
        if now > deadline - _EXCHANGE_MS_MIN:
            state.send_due = now if node.mains else state.sample_due
            return False, None
        node.ports.feed()
        if upload.remembers:
            from wherry.sending import server_requests

            server_requests.tell_time(node, upload)
        # What the server fails on is found alone.
        request = _request(upload, batch, 1 if order.failures else most)
        if request is None:
            return True, None
        outcome = _exchange(node, upload, order, request, batch, deadline)
        kind, note = outcome.kind, outcome.note
        if kind == verdict.DELIVERED:
            source.deliver()
            most = min(2 * most, most_ever)
            refused = 0
            node.ports.say("order: %s: %d sent" % (name, order.sent))
        elif kind == verdict.REJECTED and batch.count > 1:
            most = batch.count // 2
        elif kind == verdict.REJECTED:
            source.refuse(outcome.status, note)
            refused += 1
            if refused >= _REFUSED_MAX and order.to_s:
                node.ports.say("order: %s: given up, the server refuses all: %s" % (name, note))
                return True, None
        elif kind not in (verdict.STEP, verdict.DOUBT):
            return False, (kind, outcome.retry_s, "order: %s: %s" % (name, note))
        if upload.remembers:
            from wherry.sending import server_requests

            if server_requests.obey(node, upload):
                return False, None
        node.idle()


def _request(upload, batch, count_max):
    """Return the uplink's next request, of at most so many readings."""
    session = upload.session
    learned = session.get("count_max")
    session["count_max"] = min(count_max, learned or count_max)
    try:
        return upload.module.next_request(upload.settings, session, batch)
    finally:
        if learned:
            session["count_max"] = learned
        else:
            del session["count_max"]


def _exchange(node, upload, order, request, batch, deadline):
    """Send a request; return its Outcome."""
    rtc_ms = deadline + node.stage.state.zero_ms
    try:
        response = node.link.exchange(request, rtc_ms, upload.settings["ca"])
    except OSError:
        _doubt(upload, batch.count)
        raise
    # Only now all of it has been taken.
    outcome = upload.judge(response, batch.count)
    if upload.remembers:
        from wherry.sending import follow_up

        follow_up.settle_session(upload, outcome)
    if outcome.kind == verdict.NARROW:
        outcome.kind = verdict.REJECTED
    elif outcome.kind == verdict.DOUBT:
        _doubt(upload, batch.count)  # Some were taken: from now on each goes alone.
    # Only what the server fails on while it takes others counts against a reading.
    failed = outcome.kind == verdict.RETRY and outcome.status >= 500
    if failed and not node.stage.state.failures:
        order.failures += 1
        order.save()
        if order.failures >= _FAILURES_MAX and batch.count == 1:
            outcome.kind = verdict.REJECTED
    return outcome


def _doubt(upload, count):
    """Count what comes again though a server that stores copies may have it.

    What an order sends is not set aside: the owner asked for it.
    """
    if "on_doubt" in upload.settings and count:
        upload.ledger.doubted += count
        upload.ledger.save()
