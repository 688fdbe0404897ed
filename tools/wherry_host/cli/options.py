"""Options that several commands share, and functions that load the configuration they name."""

from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import warn
from wherry_host.systems import port_example

Port = Annotated[
    str | None,
    typer.Argument(help=f"Serial port such as {port_example()}; by default the only board's."),
]
Config = Annotated[Path, typer.Option(metavar="FILE", help="The node's TOML file.")]
Secrets = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Secrets file; by default secrets.toml there.")
]
Board = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The board's name, as `wherry boards` lists it, or the path of your own board file;"
        " by default that in [node].",
    ),
]
Db = Annotated[Path | None, typer.Option(metavar="FILE", help="Database file to keep.")]
Scale = Annotated[float, typer.Option(min=0.1, max=20, help="Clock speed; 1 is real time.")]
VirtualName = Annotated[
    str,
    typer.Option("--board", metavar="NAME", help="A virtual board: virtual or virtual_ring."),
]
Host = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="Let the network in, at an IPv4 address of this computer or 0.0.0.0 for all.",
    ),
]
ApiPort = Annotated[
    int | None,
    typer.Option(
        min=0, max=65535, help="Port of the API; by default a free one, 8443 with --host."
    ),
]
PagePort = Annotated[
    int | None,
    typer.Option(
        min=0, max=65535, help="Port of the page; by default a free one, 8080 with --host."
    ),
]
USUAL_HOST = "127.0.0.1"
# Fixed ports in the network, so that a node's configuration and a phone's bookmark stay valid.
_API_PORT, _PAGE_PORT = 8443, 8080
USUAL_CONFIG = Path("node.toml")
# The board for a configuration that names none and is checked without one.
USUAL_BOARD = "esp32_generic"
# Follows the name of such a board.
ASSUMED = " (assumed; name yours with --board)"


def place(host, port, page_port):
    """Return the options for a Service's addresses, from the options of the command line."""
    if host != USUAL_HOST:
        port = _API_PORT if port is None else port
        page_port = _PAGE_PORT if page_port is None else page_port
    return {"host": host, "port": port or 0, "page_port": page_port or 0}


def load(config, secrets, board, usual_board=None, with_examples=False):
    """Return the HostConfig of a file; print its warnings. See config_file.load."""
    from wherry_host.config import config_file

    loaded = config_file.load(config, secrets, board, usual_board, with_examples)
    for warning in loaded.warnings:
        warn(warning)
    return loaded


def build(loaded):
    """Return the deploy.Plan of a HostConfig for its board; print the costs of drivers."""
    from wherry_host.install.deploy import plan

    built = plan(loaded, loaded.board)
    if loaded.drivers:
        from wherry_host.install.driver_figures import lines

        for line in lines(loaded):
            typer.echo(line)
    return built
