"""`wherry sensors`: the drivers that a [[sensor]] may name, a line each."""

import typer


def sensors():
    """List the sensor drivers: chip, wiring and channels."""
    from wherry_host.config import drivers

    for name in drivers.names():
        about, wiring, channels = drivers.described(name)
        typer.echo(f"{name:8} {wiring:21} {channels}\n{'':8} {about}")
    typer.echo('Others: driver = "module:Class", see "Third-party drivers" in docs/config.md')
