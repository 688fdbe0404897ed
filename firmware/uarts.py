"""The UARTs of the board, opened by name; loaded only where something hangs on one."""

import machine
from micropython import const

# Two seconds at 9600 baud: what a GPS receiver says until it is read.
_RECEIVE_SIZE = const(2_048)


def opened(wiring, name):
    """Return the machine.UART of that bus of the board's data; OSError if the board has none."""
    wires = wiring.get(name)
    if not wires or "uart" not in wires:
        raise OSError("the board has no UART %s" % name)
    return machine.UART(
        wires["uart"], wires["baud"], tx=wires["tx"], rx=wires["rx"], rxbuf=_RECEIVE_SIZE
    )
