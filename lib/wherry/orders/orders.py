"""The owner's orders: small files in a folder, written by `wherry queue`.

    flush             move all rows to the segments, and upload immediately
    replay-<uplink>   send the delivered rows of a window of time again
    resend-<uplink>   send the readings set aside again
    cancel            cancel all orders

A name ends in `.new` until the node has seen the order. The file also holds the order's progress,
so that the order continues after a sleep or a power cut. Loaded at a start that finds orders, and
at the end of each upload while there are any.
"""

import os

from wherry import small_file
from wherry.orders.order import Order

_NEW = ".new"
_KINDS = ("replay", "resend")


def begin(node, folder: str) -> None:
    """Take up the orders in a folder; after a new order the node uploads immediately."""
    names = os.listdir(folder)
    node.orders = folder
    try:
        for upload, name in _known(node, names):
            _settle(node, upload, "%s/%s" % (folder, name))
        known = [name for _, name in _known(node, names)]
        fresh = [name for name in names if name.endswith(_NEW)]
        for name in names:
            # The order is incomplete, or its uplink was removed from the configuration.
            if name not in known and name not in fresh:
                small_file.remove("%s/%s" % (folder, name))
        if fresh:
            node.stage.state.send_due = node.ticks()
            node.save()
        for name in fresh:
            _take_up(node, folder, name[: -len(_NEW)], names)
    except OSError as error:
        node.ports.say("order: flash: %s" % error)


def _take_up(node, folder, name, names):
    """Mark a new order as seen; carry out a flush or cancel, which need no uplink."""
    path = "%s/%s" % (folder, name)
    if name == "flush":
        node.drain_stage()
        node.queue.spill()
        node.ports.say("order: flush: all rows are in flash")
    elif name == "cancel":
        for _, old in _known(node, names):
            small_file.remove("%s/%s" % (folder, old))
            node.ports.say("order: %s: canceled" % old)
    elif _known(node, [name]):
        os.rename(path + _NEW, path)
        return
    small_file.remove(path + _NEW)


def _known(node, names):
    """Return [(upload, name)] of the orders among `names` that were seen before."""
    found = []
    for upload in node.uploads:
        found += [(upload, name) for name in _names(upload) if name in names]
    return found


def _names(upload):
    return ["%s-%s" % (kind, upload.name) for kind in _KINDS]


def _settle(node, upload, path):
    """Finish a batch that a power cut interrupted, before the ledger changes again."""
    try:
        order = Order(path)
    except ValueError:
        return  # Reported when the order is carried out.
    if order.pending:
        from wherry.orders import resend

        resend.settle(node, upload, order)


def carry_out(node, upload, deadline: int):
    """Carry out an uplink's orders, after all its readings were sent, until time is short.

    `deadline` is in ticks. Returns (verdict, retry_s, note) if the server refuses or fails, else
    None; raises OSError if the link or the flash fails.
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
        from wherry.orders.sender import Sender

        is_done, trouble = Sender(node, upload, order, source, name).run(deadline)
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
    """Return the function that creates the source of an order's readings."""
    if name.startswith("replay"):
        from wherry.orders import replay

        return replay.source
    from wherry.orders import resend

    return resend.source
