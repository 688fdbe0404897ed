"""`wherry deploy`, `flash`, `check`, `scan` and `boards`: for a board at a cable.

An error is printed on standard error, a line each, and the exit code is 1.
"""

from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from wherry.config.check import ConfigError

from wherry_host.errors import ToolError
from wherry_host.stopping import Stopped, stop_signals

Port = Annotated[str, typer.Option(help="Serial port of the board, such as /dev/ttyUSB0.")]
Config = Annotated[Path, typer.Option(help="The node's TOML file.")]
Secrets = Annotated[Path | None, typer.Option(help="Secrets file; by default secrets.toml there.")]
Board = Annotated[str, typer.Option(help="The board's name; `wherry boards` lists them.")]


def deploy(
    port: Port,
    config: Config,
    board: Board = "esp32_generic",
    secrets: Secrets = None,
    follow: Annotated[
        bool, typer.Option(help="Follow the node's console to its first delivery or a fault.")
    ] = True,
):
    """Put firmware and configuration on the board at a serial port, and follow its first steps.

    Exit code 1: a clear fault, such as a wrong password or key. Ctrl-C ends the following only.
    """
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.deploy import to_target
        from wherry_host.install.node_port import NodePort

        _, built = _planned(config, secrets, board)
        with NodePort(port, look=asked.check, show=typer.echo) as target:
            with progress_bar("deploy") as progress:
                done = to_target(built, target, progress)
            typer.echo(_installed(done))
            if follow:
                _follow(target, done.on_trial, asked)


def _planned(config, secrets, board):
    """Return (HostConfig, deploy.Plan) of a file; print warnings and what drivers cost."""
    from wherry_host.config import config_file
    from wherry_host.install.deploy import plan

    loaded = config_file.load(config, secrets, board)
    for warning in loaded.warnings:
        typer.echo(f"wherry: warning: {warning}", err=True)
    built = plan(loaded, board)
    if loaded.drivers:
        from wherry_host.install.driver_figures import lines

        for line in lines(loaded):
            typer.echo(line)
    return loaded, built


def _installed(done):
    """Return the line about an Installed."""
    if not (done.written or done.on_trial):
        return f"The board has this version already ({done.slot}); it restarts."
    trial = ", on trial until its first row is in the flash" if done.on_trial else ""
    return f"{done.written} of {done.size} bytes sent; {done.slot} starts{trial}."


def _follow(target, on_trial, asked):
    from wherry_host.install.following import follow

    typer.echo("Following the node to its first delivery; Ctrl-C ends the following only.")
    closing, warnings = follow(target.lines(), typer.echo, asked, on_trial)
    for warning in warnings:
        typer.echo(warning, err=True)
    typer.echo(closing)


def flash(
    port: Port,
    image: Annotated[Path, typer.Option(help="MicroPython image, a .bin file.")],
    board: Board = "esp32_generic",
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase the whole flash first: readings go with it.")
    ] = False,
):
    """Put MicroPython itself on the board at a serial port; the readings in its flash stay."""
    with errors_for_people():
        from wherry_host.install.flash import flash as write_flash

        write_flash(board, port, image, erase, typer.echo)


def check(
    config: Config,
    board: Board = "esp32_generic",
    secrets: Secrets = None,
    read: Annotated[
        str | None, typer.Option(metavar="PORT", help="Read each sensor of this board once.")
    ] = None,
):
    """Check a configuration; with --read, also the sensors of a connected board.

    With --read the exit code is 1 if a sensor does not give all its values.
    """
    with errors_for_people(), stoppable() as asked:
        loaded, built = _planned(config, secrets, board)
        typer.echo(
            f"{config} is right for {board}: a slot of {len(built.files)} files, "
            f"{len(built.slot())} bytes."
        )
        if read and _has_faults(loaded, board, read, asked):
            raise typer.Exit(1)


def _has_faults(loaded, board, port, asked):
    """Read the sensors of a board once and print them; return whether a value is missing."""
    from wherry_host.install.sensor_port import SensorPort
    from wherry_host.install.sensor_text import reading_lines

    with restarted(SensorPort(port, look=asked.check, show=typer.echo)) as target:
        found = list(reading_lines(loaded, *target.read_sensors(loaded, board)))
    for line, _ in found:
        typer.echo(line)
    return any(is_fault for _, is_fault in found)


def scan(
    port: Annotated[str, typer.Argument(help="Serial port of the board, such as /dev/ttyUSB0.")],
    board: Board = "esp32_generic",
):
    """Look at the I2C buses of a connected board: what answers, and the TOML to paste."""
    with errors_for_people(), stoppable() as asked:
        from wherry_host.install.sensor_port import SensorPort
        from wherry_host.install.sensor_text import scan_lines

        with restarted(SensorPort(port, look=asked.check, show=typer.echo)) as target:
            for line in scan_lines(target, board):
                typer.echo(line)


@contextmanager
def restarted(target):
    """Yield an open PortTarget whose board, and its node, starts anew afterwards."""
    with target:
        try:
            yield target
        finally:
            with suppress(ToolError):
                target.restart()


def boards():
    """List the known boards: chip, name, buses, and what each draws in deep sleep."""
    with errors_for_people():
        from wherry_host.config import boards as known

        for name in known.names():
            board = known.load(name)
            buses = ", ".join(board.get("buses", ()))
            asleep = f"{board['sleep_current_ua']} µA" if "sleep_current_ua" in board else ""
            line = f"{name:20} {board['chip']:8} {board['name']:37} {buses:22} {asleep}"
            typer.echo(line.rstrip())


@contextmanager
def errors_for_people():
    """Print what is wrong, and what helps, instead of a traceback."""
    try:
        yield
    except (ConfigError, ToolError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@contextmanager
def stoppable():
    """Yield an Asked; work that Ctrl-C has ended, or made fail, is exit code 130 without words."""
    with stop_signals() as asked:
        try:
            yield asked
        except (Stopped, ConfigError, ToolError):
            # Ctrl-C reaches the compilers too, which then fail in their own way.
            if not asked:
                raise
            raise typer.Exit(130) from None


@contextmanager
def progress_bar(title):
    """Yield a function of (done, total) bytes that draws a bar, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        bar = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
