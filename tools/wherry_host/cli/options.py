"""Options that several commands have, and the configuration that they name."""

from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import warn

Port = Annotated[
    str | None,
    typer.Argument(help="Serial port such as /dev/ttyUSB0; by default the only board's."),
]
Config = Annotated[Path, typer.Option(metavar="FILE", help="The node's TOML file.")]
Secrets = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Secrets file; by default secrets.toml there.")
]
Board = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The board's name, as `wherry boards` lists it; by default that in [node].",
    ),
]
Db = Annotated[Path | None, typer.Option(metavar="FILE", help="Database file to keep.")]
Scale = Annotated[float, typer.Option(min=0.1, max=20, help="Clock speed; 1 is real time.")]
VirtualName = Annotated[
    str,
    typer.Option("--board", metavar="NAME", help="A virtual board: virtual or virtual_ring."),
]
USUAL_CONFIG = Path("node.toml")
# The board of a configuration that names no board and is checked without one.
USUAL_BOARD = "esp32_generic"


def load(config, secrets, board, usual_board=None):
    """Return the HostConfig of a file; print its warnings."""
    from wherry_host.config import config_file

    loaded = config_file.load(config, secrets, board, usual_board)
    for warning in loaded.warnings:
        warn(warning)
    return loaded


def build(loaded):
    """Return the deploy.Plan of a HostConfig for its board; print what drivers cost."""
    from wherry_host.install.deploy import plan

    built = plan(loaded, loaded.board)
    if loaded.drivers:
        from wherry_host.install.driver_figures import lines

        for line in lines(loaded):
            typer.echo(line)
    return built
