"""`wherry year --nodes`: the lives of many nodes of one configuration."""

from typing import Annotated

import typer

from wherry_host.cli.progress import counter_bar
from wherry_host.errors import ToolError
from wherry_host.year.engines import Engine

_NODES_MAX = 10_000

Nodes = Annotated[
    int,
    typer.Option(min=1, max=_NODES_MAX, help="Nodes to simulate, each with its own seed."),
]
Limit = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        help="Requests per second that each service accepts from all --nodes together.",
        show_default="no limit",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="The scheduler of a Dask cluster on which the --nodes live.",
        show_default="this computer",
    ),
]


def check_options(nodes, engine, limit, dask, report):
    """Raise ToolError for options that exclude each other."""
    if nodes == 1 and (limit or dask):
        raise ToolError(f"--{'limit' if limit else 'dask'} is for several nodes; add --nodes")
    if nodes > 1 and report:
        raise ToolError("--report shows the life of one node; leave --nodes out")
    if limit and engine != Engine.cpython:
        raise ToolError("--limit needs --engine cpython; leave --engine vm out")
    if limit and dask:
        raise ToolError("--limit needs all nodes on one computer; leave --dask out")


def fleet(job, seeds, limit, dask, title, sleeps):
    """Return (outcome of the lives of a Job, its lines of text)."""
    from wherry_host.year.faults import fault
    from wherry_host.year.fleet import processes, summary

    if job.faults is not None:
        fault.read(job.faults, seeds[0], job.days, len(job.config.typed["uplink"]))
    if limit:
        with counter_bar("day", job.days) as done:
            ends = processes.lived_with_limit(job, seeds, limit, done)
    else:
        with counter_bar("node", len(seeds)) as done:
            ends = (
                _on_cluster(job, seeds, dask, done) if dask else processes.lived(job, seeds, done)
            )
    found = summary.fields(ends)
    return found, summary.lines(found, title, job, limit, sleeps)


def _on_cluster(job, seeds, address, done):
    try:
        from wherry_host.year.fleet import cluster
    except ImportError:
        raise ToolError('--dask: Dask is missing; pip install "wherry[dask]"') from None
    return cluster.lived(job, seeds, address, done)
