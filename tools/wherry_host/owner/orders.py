"""Orders to a node at a port; they are written to its flash and followed at its console.

The node carries them out in its uploads. An order survives power cuts and sleep. It stays in
force if the user stops waiting for it to be carried out.
"""

import struct
import zlib
from datetime import UTC, datetime

from wherry.orders.order import FORM

from wherry_host.console_text import LATER, ORDER_SENT, ORDERS_DONE, REPORT, said
from wherry_host.errors import OrderError
from wherry_host.owner.order_port import OrderPort

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TIME = "write it in UTC as 2026-11-20T08:00:00Z"


def seconds(text, name):
    """Return a time as whole seconds since 2000. Raises OrderError for an invalid time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise OrderError(f'{name}: "{text}" is not a time; {_TIME}') from None
    if time.tzinfo is None:
        raise OrderError(f"{name}: {text} has no time zone; {_TIME}")
    passed = (time - _EPOCH).total_seconds() // 1
    if not 0 <= passed < 1 << 32:
        raise OrderError(f"{name}: {text} is not of this century; {_TIME}")
    return int(passed)


def window(begin, end):
    """Return the window of a replay as seconds since 2000, inclusive."""
    begin_s, end_s = seconds(begin, "--from"), seconds(end, "--to")
    if begin_s > end_s:
        raise OrderError(f"--to: {end} is before --from; swap them")
    return begin_s, end_s


def order_file(begin_s=0, end_s=0):
    """Return the content of a new order's file."""
    rest = bytes(struct.calcsize(FORM) - 8)
    payload = struct.pack("<II", begin_s, end_s) + rest
    return payload + zlib.crc32(payload).to_bytes(4, "little")


def give(port, kind, uplink=None, times=(0, 0), look=lambda: None):
    """Write an order to the board and restart it; return (OrderPort, {uplink: its kind}).

    Raises OrderError, or DeployError if the board does not answer. The caller closes the port.
    """
    board = OrderPort(port, look=look)
    try:
        try:
            names = _uplinks(board, uplink)
            for name in [kind] if kind in ("flush", "cancel") else [f"{kind}-{n}" for n in names]:
                board.put(name, order_file(*times))
        finally:
            board.restart()
    except BaseException:
        board.__exit__()
        raise
    return board, names


def _uplinks(board, wanted):
    about = board.about()
    uplinks = (about and about["uplink"]) or ()
    names = {each["label"]: each["kind"] for each in uplinks}
    if not names:
        raise OrderError("the board has no complete slot of a known version; deploy first")
    if wanted is None:
        return names
    if wanted not in names:
        raise OrderError(f'--uplink: the node has no "{wanted}"; its uplinks: {", ".join(names)}')
    return {wanted: names[wanted]}


def _is_of_an_order(name, text):
    return name == "order" or text.startswith(("delivered", "refused"))


def follow(board, wait_s, say, progress):
    """Wait until the node reports that the order is done. Raises OrderError if it does not.

    `say` gets the lines that stay, `progress` the lines that the next one replaces.
    """
    for raw in board.lines_within(wait_s):
        line = said(raw) or raw
        text = line.removeprefix("order: ")
        if ORDERS_DONE.read(line) is not None:
            return
        if later := LATER.read(text):
            raise OrderError(f"not sent: {later[0]}; the node tries again in {later[1]} s")
        if ORDER_SENT.read(line):
            progress(text)
        elif (report := REPORT.read(line)) and _is_of_an_order(*report):
            say(text)
    raise OrderError(
        f"not done within {wait_s:g} s; the node continues at each upload, "
        "and `wherry queue stats` shows the progress"
    )
