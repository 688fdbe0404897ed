"""`wherry queue flush`, `replay`, `resend` and `cancel`: an owner's orders to a node.

Exit code 1: the node has not carried out the order in time.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import Command, errors_for_people, stoppable, warn
from wherry_host.cli.options import Port
from wherry_host.cli.queue import queue
from wherry_host.errors import OrderError
from wherry_host.systems import names_port, port_example

Uplink = Annotated[
    str | None, typer.Option(metavar="NAME", help="One uplink only, such as harbor-2.")
]
Wait = Annotated[
    float, typer.Option(min=1, metavar="SECONDS", help="Seconds to wait for the node to be done.")
]


@queue.command(cls=Command)
def flush(port: Port = None, wait: Wait = 60):
    """Move all rows to flash and upload them immediately.

    The node does this even while it waits after a failure.
    """
    _order(port, "flush", wait)


@queue.command(cls=Command)
def replay(
    begin: Annotated[
        str,
        typer.Option("--from", metavar="TIME", help="First time, in UTC: 2026-11-20T08:00:00Z."),
    ],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="Last time, included.")],
    port: Port = None,
    uplink: Uplink = None,
    wait: Wait = 120,
):
    """Resend readings already delivered between two times.

    The node sends the readings that it still stores. Stamps and values are the same:
    a server that deduplicates stores nothing twice.
    """
    with errors_for_people():
        from wherry_host.owner.orders import window

        times = window(begin, end)
    _order(port, "replay", wait, uplink, times)


@queue.command(cls=Command)
def resend(port: Port = None, uplink: Uplink = None, wait: Wait = 120):
    """Resend the readings that were set aside.

    Readings that the server accepts count as delivered; the others get the new reason.
    """
    _order(port, "resend", wait, uplink)


@queue.command(cls=Command)
def cancel(port: Port = None, wait: Wait = 60):
    """Cancel replays and resends that are not done."""
    _order(port, "cancel", wait)


def _order(port, kind, wait_s, uplink=None, times=(0, 0)):
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.ports import chosen_port
        from wherry_host.owner import orders

        port = chosen_port(port, typer.echo)
        if not names_port(port) and (Path(port).is_file() or Path(port).is_dir()):
            raise OrderError(
                f"{port}: only read here; an order needs the node itself: give its port, such as "
                f"{port_example()}"
            )
        with _status(f"{kind}: reaching the board") as show:
            board, uplinks = orders.give(port, kind, uplink, times, asked.check)
            with board:
                if kind == "replay":
                    _warn_of_copies(uplinks)
                show(f"{kind}: the node starts")
                orders.follow(board, wait_s, typer.echo, show)
        typer.echo("done")


def _warn_of_copies(uplinks):
    from wherry_host.server.dialects import deduplicates

    for name, kind in uplinks.items():
        if not deduplicates(kind):
            warn(f"{name}: this server may store the replayed readings twice")


@contextmanager
def _status(text):
    """Yield a function that shows the current activity on a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status(text, spinner="line") as status:
        yield status.update
