"""`wherry queue`: show a node's stored data, from its port, a copy of /data or a flash image.

Reading changes nothing; a node at a port is interrupted for the copy and restarted. Damage is
reported on standard error, and the rest is shown. Orders are in order.py.
"""

import json
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from wherry_host.cli.errors import Command, errors_for_people, stoppable, warn
from wherry_host.cli.progress import progress_bar
from wherry_host.systems import port_example

queue = typer.Typer(help="Read a node's stored readings, or make it send them.")

_FAULTS_SHOWN = 20

Place = Annotated[
    str | None,
    typer.Argument(
        help=f"A port such as {port_example()}, a copy of /data, a virtual board's folder, or an "
        "image of the flash; by default the only board's port."
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV, with a header.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@queue.command(cls=Command)
def dump(place: Place = None, csv: Csv = False, as_json: Json = False):
    """Show every reading: its stamp and value, and whether it waits."""
    from wherry_host.owner import queue_text

    write = _form(csv, as_json, queue_text.dump_table, queue_text.dump_csv, queue_text.dump_json)
    with _view_of(place) as (_, view, show):
        show(write(view.readings()))


@queue.command(cls=Command)
def stats(place: Place = None, as_json: Json = False):
    """Show the figures: rows, bytes, boots, the last crash, each uplink's account."""
    from wherry_host.owner import queue_stats

    with _view_of(place) as (copy, view, show):
        found = queue_stats.figures(copy, view)
        if as_json:
            show([json.dumps(found, indent=2, ensure_ascii=False)])
        else:
            show(queue_stats.lines(found))


@queue.command(cls=Command)
def aside(place: Place = None, csv: Csv = False, as_json: Json = False):
    """Show the readings that were refused, with status and reason."""
    from wherry_host.owner import queue_text

    write = _form(
        csv, as_json, queue_text.aside_table, queue_text.aside_csv, queue_text.aside_json
    )
    with _view_of(place) as (_, view, show):
        if view.refused or csv or as_json:
            show(write(view.refused))
        else:
            show(["Nothing is set aside."])


def _form(csv, as_json, table, to_csv, to_json):
    """Return the function for the requested form."""
    if csv and as_json:
        raise typer.BadParameter("give --csv or --json, not both")
    return to_csv if csv else to_json if as_json else table


@contextmanager
def _view_of(place):
    """Yield (Copy, OwnerView, print) for a place, and print its faults at the end."""
    with errors_for_people(), stoppable() as asked, ExitStack() as stack:
        from wherry_host.install.ports import chosen_port
        from wherry_host.owner.data_copy import copied
        from wherry_host.owner.view import OwnerView

        place = chosen_port(place, lambda line: typer.echo(line, err=True))
        with progress_bar("copy") as progress:
            copy = stack.enter_context(copied(place, progress, asked.check))
        view = OwnerView(copy)

        def show(lines):
            for line in lines:
                asked.check()
                typer.echo(line)

        yield copy, view, show
        for fault in view.faults[:_FAULTS_SHOWN]:
            warn(fault)
        if len(view.faults) > _FAULTS_SHOWN:
            left = f"{len(view.faults) - _FAULTS_SHOWN:,} more"
            warn(f"{left}; `wherry queue stats --json` has all")
