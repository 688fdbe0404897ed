"""`wherry check` and `scan`: check a configuration, and a connected board's sensors and buses."""

from contextlib import contextmanager, suppress
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, stoppable
from wherry_host.cli.options import (
    ASSUMED,
    USUAL_BOARD,
    USUAL_CONFIG,
    Board,
    Config,
    Port,
    Secrets,
    build,
    load,
)
from wherry_host.config.cadence_text import cadence_lines
from wherry_host.errors import DeployError, ToolError

_UNWATCHED = (
    "The battery voltage is not watched: add a `battery` sensor, or give [power] empty_mv, the"
    " voltage in mV at which the node stops, for example 3400 for a Li-ion cell."
)


def check(
    port: Port = None,
    config: Config = USUAL_CONFIG,
    board: Board = None,
    secrets: Secrets = None,
    read: Annotated[
        bool, typer.Option("--read", help="Read each sensor of the board at the port once.")
    ] = False,
):
    """Check a configuration; with --read, also the sensors of a connected board.

    With --read the exit code is 1 if a sensor does not give all its values.
    """
    with errors_for_people(), stoppable() as asked:
        if port and not read:
            raise DeployError(f"{port}: a port is for --read; name the file with --config")
        loaded = load(config, secrets, board, None if read else USUAL_BOARD)
        if not read:
            _report_right(config, loaded)
        elif not _has_all_values(port, loaded, config, secrets, asked):
            raise typer.Exit(1)


def _report_right(config, loaded):
    built = build(loaded)
    typer.echo(
        f"{config} is right for {loaded.board}{ASSUMED * loaded.is_assumed}: "
        f"a slot of {len(built.files)} files, {len(built.slot())} bytes."
    )
    power = built.settings["power"]
    if "empty_mv" in power:
        mv = power["empty_mv"]
        typer.echo(f"The battery is empty at {mv} mV without load: [power] empty_mv.")
    elif power["source"] == "battery":
        typer.echo(_UNWATCHED)
    if "cadence" in power:
        for line in cadence_lines(power):
            typer.echo(line)


def _has_all_values(port, loaded, config, secrets, asked):
    """Read the sensors of a board once and print the values; return True if none is missing."""
    from wherry_host.install.sensor_text import reading_lines

    with sensor_port(port, loaded.board, asked) as (target, name):
        loaded = loaded if loaded.board else load(config, secrets, name)
        _report_right(config, loaded)
        found = list(reading_lines(loaded, *target.read_sensors(loaded, name)))
    for line, _ in found:
        typer.echo(line)
    return not any(is_fault for _, is_fault in found)


def scan(port: Port = None, board: Board = None):
    """Scan the I2C buses of a connected board: print the chips found and the TOML to paste."""
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.sensor_text import scan_lines

        with sensor_port(port, board, asked) as (target, name):
            for line in scan_lines(target, name):
                typer.echo(line)


@contextmanager
def sensor_port(port, board, asked, kind=None, show=typer.echo):
    """Yield (SensorPort, name of its board); the board and its node restart afterwards.

    `kind` is a subclass of SensorPort to use; `show` prints a line about the choice.
    """
    from wherry_host.install.board_choice import board_at
    from wherry_host.install.ports import chosen_port
    from wherry_host.install.sensor_port import SensorPort

    port = chosen_port(port, show)
    with restarted((kind or SensorPort)(port, look=asked.check, show=show)) as target:
        yield target, board_at(target, board, show)


@contextmanager
def restarted(target):
    """Yield an open PortTarget; its board and the node on it restart afterwards."""
    with target:
        try:
            yield target
        finally:
            with suppress(ToolError):
                target.restart()
