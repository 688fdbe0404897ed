"""The orders that a node has yet to carry out, from a copy of its flash."""

from dataclasses import dataclass

from wherry.orders.order import Order

from wherry_host.reading_text import time_text

_NO_MS = -1


@dataclass(slots=True)
class Pending:
    """A replay or resend order and its progress; `first` and `last` are a replay's window."""

    kind: str
    uplink: str
    sent: int
    refused: int
    first: str | None
    last: str | None


def read_orders(folder, faults):
    """Return the pending orders in a copy of /data; a damaged order is a line in `faults`."""
    found = []
    for path in sorted((folder / "orders").glob("*-*")):
        if path.suffix == ".tmp":
            continue  # The tool was ended before the order was complete.
        kind, _, uplink = path.stem.partition("-")
        try:
            order = Order(str(path))
        except ValueError:
            faults.append(f"orders/{path.name}: damaged; the node will not carry it out")
            continue
        window = (order.from_s, order.to_s) if order.to_s else ()
        times = [time_text(s, _NO_MS) for s in window] or [None, None]
        found.append(Pending(kind, uplink, order.sent, order.refused, *times))
    return found
