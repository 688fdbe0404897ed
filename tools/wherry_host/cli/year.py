"""`wherry year`: a node's life on virtual time, and the place of each of its readings."""

import json
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli import options
from wherry_host.cli.errors import errors_for_people
from wherry_host.cli.fleet import Dask, Limit, Nodes, check_options, fleet
from wherry_host.cli.options import ASSUMED, Board, Secrets, load
from wherry_host.cli.progress import counter_bar
from wherry_host.errors import ToolError
from wherry_host.year.engines import Engine, machine_of

_SEED_MAX = 1 << 31
_USUAL_NODE = "a BME280, a battery and two ADC pins"
# A node takes no time that is more than 34 years after its firmware's, and a life has ten.
_FIRST_DAY, _LAST_DAY = date(2026, 12, 1), date(2049, 12, 31)


def year(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days to live.")] = 365,
    start: Annotated[str, typer.Option(metavar="DATE", help="The first day, in UTC.")] = str(
        _FIRST_DAY
    ),
    seed: Annotated[
        int, typer.Option(min=0, max=_SEED_MAX, help="Repeats the life of an earlier run.")
    ] = 1,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The node's TOML file.", show_default=_USUAL_NODE),
    ] = None,
    board: Board = None,
    secrets: Secrets = None,
    engine: Annotated[
        Engine, typer.Option(help="cpython, or a fresh MicroPython in each wake (vm).")
    ] = Engine.cpython,
    faults: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help='"all", kinds of faults, or KIND[/UPLINK]@SECOND=STRENGTH, separated by commas.',
            show_default="no faults",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with plots of the life: FILE.html."),
    ] = None,
    nodes: Nodes = 1,
    limit: Limit = None,
    dask: Dask = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
):
    """Simulate a node's life on virtual time: its readings, its charge, its bytes.

    The node's own code runs, with simulated sensors, cell, Wi-Fi and servers.
    The same version, configuration and seed give the same output.
    The exit code is 1 if a reading is lost, sent twice or wrong.
    """
    with errors_for_people():
        machine = machine_of(engine)
        check_options(nodes, engine, limit, dask, report)
        if report:
            _try_to_write(report, config)
        from wherry_host.year.fleet.job import Job
        from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
        from wherry_host.year.outcome import lines

        usual_board = options.USUAL_BOARD if config else USUAL_BOARD
        loaded = load(config or USUAL_CONFIG, secrets, board, usual_board, with_examples=True)
        node = Node(loaded, _begin_us(start))
        place = loaded.board + ASSUMED * bool(config and loaded.is_assumed)
        span = f"{days} day{'s' * (days > 1)}"
        span += f" from {start}" * (node.begin_us != BEGIN_US)
        seeds = f"seeds {seed} to {seed + nodes - 1}" if nodes > 1 else f"seed {seed}"
        title = f"{config or _USUAL_NODE} on {place}: {span}, {seeds}"
        if nodes > 1:
            job = Job(loaded, engine, days, faults, node.begin_us)
            seeds, title = range(seed, seed + nodes), f"{nodes} nodes, each {title}"
            found, shown = fleet(job, seeds, limit, dask, title, node.sleeps)
        else:
            found, page = _lived(node, machine, days, seed, faults, title if report else None)
            shown = lines(found, node, title)
        if report:
            _write(report, page)
    text = json.dumps(found) if as_json else "\n".join(shown)
    typer.echo(text)
    if report and not as_json:
        typer.echo(f"report: {report}")
    raise typer.Exit(1 if found["violations"] else 0)


def _begin_us(start):
    """Return the Unix us at which a day of `--start` begins; raises ToolError for other texts."""
    try:
        day = date.fromisoformat(start)
        if str(day) != start:
            raise ValueError
    except ValueError:
        raise ToolError(f"--start: {start}: not a day; write it as {_FIRST_DAY}") from None
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ToolError(f"--start: {start}: name a day from {_FIRST_DAY} to {_LAST_DAY}")
    return int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000


def _lived(node, machine, days, seed, text, title=None):
    """Return the outcome of a life with the faults of `--faults`, and its report with a title."""
    from wherry_host.year.faults import fault
    from wherry_host.year.judge.tally import tally
    from wherry_host.year.life import Life
    from wherry_host.year.outcome import fields
    from wherry_host.year.report.page import page
    from wherry_host.year.report.track import Steps, Track
    from wherry_host.year.site import Site
    from wherry_host.year.world.clock import DAY_US

    faults = fault.read(text, seed, days, len(node.typed["uplink"])) if text is not None else []
    life = Life(Site(node, seed), machine)
    begin_us = node.begin_us
    end_us = begin_us + days * DAY_US
    track = Track(life, Steps(begin_us, end_us)) if title else None
    with counter_bar("day", days) as done:
        life.run(end_us, lambda now_us: done((now_us - begin_us) // DAY_US), faults)
    judged = tally(life)
    found = fields(life, judged, faults)
    return found, page(life, judged, track, faults, found, title) if track else None


def _try_to_write(path, config):
    """Raise ToolError before the life if a report cannot be written to a file."""
    if config and path.resolve() == config.resolve():
        raise ToolError(f"{path}: this is the configuration; name another file for the report")
    was_there = path.exists()
    with _file_errors(path), path.open("a"):
        pass
    if not was_there:
        path.unlink()


def _write(path, text):
    with _file_errors(path):
        path.write_text(text, "utf-8")


@contextmanager
def _file_errors(path):
    try:
        yield
    except OSError as error:
        raise ToolError(f"{path}: {error.strerror}; name another file") from None
