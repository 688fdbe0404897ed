"""The commands of `wherry`: each is one function of the module that does the work."""

import typer

from .board_cli import boards, check, deploy, flash
from .demo_cli import demo
from .owner.audit_cli import audit
from .owner.order_cli import queue
from .server.cli import server
from .server.fault_cli import fault
from .ttn_cli import ttn_payload
from .virtual.cli import board

app = typer.Typer(
    help="Desktop tools for wherry sensor nodes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def _root():
    """Keep subcommands named even while there is only one."""


for command in (demo, server, fault, deploy, flash, check, boards, board, audit, ttn_payload):
    app.command()(command)
app.add_typer(queue, name="queue")
