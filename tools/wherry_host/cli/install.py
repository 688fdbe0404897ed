"""`wherry deploy` and `flash`: the commands that write to a connected board."""

from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, stoppable, warn
from wherry_host.cli.options import USUAL_CONFIG, Board, Config, Port, Secrets, build, load
from wherry_host.cli.progress import progress_bar


def deploy(
    port: Port = None,
    config: Config = USUAL_CONFIG,
    board: Board = None,
    secrets: Secrets = None,
    follow: Annotated[
        bool, typer.Option(help="Follow the node's console to its first delivery or a fault.")
    ] = True,
):
    """Put firmware and configuration on a board, and follow its first steps.

    If neither --board nor the configuration names the board, its chip decides. Exit code 1: a
    clear fault, such as a wrong password or key. Ctrl-C ends only this display.
    """
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.board_choice import board_at
        from wherry_host.install.deploy import to_target
        from wherry_host.install.node_port import NodePort
        from wherry_host.install.ports import chosen_port
        from wherry_host.install.target_port import restarted_after_error

        # A wrong configuration must fail before the board is touched.
        loaded = load(config, secrets, board)
        built = loaded.board and build(loaded)
        with NodePort(chosen_port(port, typer.echo), look=asked.check, show=typer.echo) as target:
            with restarted_after_error(target):
                name = board_at(target, loaded.board, typer.echo)
                built = built or build(load(config, secrets, name))
            with progress_bar("deploy") as progress:
                done = to_target(built, target, progress, is_watched=True)
            typer.echo(_installed(done))
            if follow:
                _follow(target, done.on_trial, asked)


def _installed(done):
    """Return the line that reports an Installed."""
    if not (done.written or done.on_trial):
        return f"The board has this version already ({done.slot}); it restarts."
    trial = ", on trial until its first row is in the flash" if done.on_trial else ""
    return f"{done.written} of {done.size} bytes sent; {done.slot} starts{trial}."


def _follow(target, on_trial, asked):
    from wherry_host.install.following import follow

    typer.echo("Following the node to its first delivery; Ctrl-C ends only this display.")
    closing, warnings = follow(target.lines(), typer.echo, asked, on_trial)
    for warning in warnings:
        warn(warning)
    typer.echo(closing)


def flash(
    port: Port = None,
    image: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="MicroPython image; by default the board's newest one in this folder.",
        ),
    ] = None,
    board: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The board's name, as `wherry boards` lists it, or the path of your own file; "
            "by default its chip's.",
        ),
    ] = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase the whole flash first: readings go with it.")
    ] = False,
):
    """Put MicroPython itself on a board; the readings in its flash stay."""
    with errors_for_people():
        from wherry_host.install.flash import flash as write_flash
        from wherry_host.install.ports import chosen_port

        write_flash(board, chosen_port(port, typer.echo), image, erase, typer.echo)
