"""The commands of `wherry`: each is one function of the module that does the work."""

import typer

from wherry_host.cli.audit import audit
from wherry_host.cli.board import board
from wherry_host.cli.demo import demo
from wherry_host.cli.fault import fault
from wherry_host.cli.install import boards, check, deploy, flash, scan
from wherry_host.cli.order import queue
from wherry_host.cli.sensors import sensors
from wherry_host.cli.server import server
from wherry_host.cli.ttn import ttn_payload

app = typer.Typer(
    help="Desktop tools for wherry sensor nodes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def _root():
    """Keep subcommands named even while there is only one."""


for command in (
    demo, server, fault, deploy, flash, check, scan, boards, sensors, board, audit,
):  # fmt: skip
    app.command()(command)
app.command()(ttn_payload)
app.add_typer(queue, name="queue")
