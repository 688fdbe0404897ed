"""The commands of `wherry`; each is one function in the module that does the work."""

import typer
from wherry import VERSION

from wherry_host.cli.audit import audit
from wherry_host.cli.battery import battery
from wherry_host.cli.board import board
from wherry_host.cli.boards import boards
from wherry_host.cli.check import check, scan
from wherry_host.cli.demo import demo
from wherry_host.cli.doctor import doctor
from wherry_host.cli.errors import Command, Commands, fail
from wherry_host.cli.fault import fault
from wherry_host.cli.install import deploy, flash
from wherry_host.cli.logs import logs
from wherry_host.cli.new import new
from wherry_host.cli.order import queue
from wherry_host.cli.sensors import sensors
from wherry_host.cli.server import server
from wherry_host.cli.ttn import ttn_payload
from wherry_host.cli.year import year
from wherry_host.systems import NEEDS_LINUX, is_linux

# In the order in which a new user needs them: without a board, with a board, then the owner's
# commands for a node.
_COMMANDS = (
    demo, server, board, new, flash, deploy, check, battery, year, scan, doctor, logs, boards,
    sensors, queue, audit, fault, ttn_payload,
)  # fmt: skip


# Commands that run a virtual board.
_ON_LINUX = (demo, board)
_NOT_HERE = 2


class LinuxCommand(Command):
    """A command for Linux; on other systems it only shows its help or exits with code 2."""

    def invoke(self, ctx):
        if not is_linux():
            fail(f"{ctx.command_path}: {NEEDS_LINUX}", _NOT_HERE)
        return super().invoke(ctx)


class Program(Commands):
    """The program `wherry`."""

    def list_commands(self, ctx):
        """Return the names in the order of the table; Typer would put the groups last."""
        return list(map(_name, _COMMANDS))


def _name(command):
    return "queue" if command is queue else command.__name__.replace("_", "-")


app = typer.Typer(
    cls=Program,
    help="Desktop tools for wherry sensor nodes.",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool):
    if wanted:
        typer.echo(f"wherry {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_show_version,
        is_eager=True,
        help="Show the version and exit.",
    ),
):
    """Desktop tools for wherry sensor nodes."""


for each in _COMMANDS:
    if each is queue:
        app.add_typer(queue, name=_name(queue), cls=Commands)
    else:
        app.command(_name(each), cls=LinuxCommand if each in _ON_LINUX else Command)(each)
