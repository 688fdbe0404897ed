"""`wherry sensors`: the drivers that a [[sensor]] may name, one per line."""

import json
from typing import Annotated

import typer

# The kinds of options whose limits are the possible values, and the kinds with two bounds.
_CHOICES = ("choice", "address")
_RANGES = ("int", "count", "duration")
# The bounds and the default of a duration.
_UNITS = {"duration": "ms"}


def sensors(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False):
    """List the sensor drivers: chip, wiring and channels.

    With --json, their options too.
    """
    from wherry_host.config import drivers

    if as_json:
        found = [_fields(drivers, name) for name in drivers.names()]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for name in drivers.names():
        about, wiring, channels = drivers.described(name)
        typer.echo(f"{name:8} {wiring:21} {channels}\n{'':8} {about}")
    typer.echo('Others: driver = "module:Class", see "Third-party drivers" in docs/config.md')


def _fields(drivers, name):
    """Return a driver for JSON."""
    about, wiring, _ = drivers.described(name)
    return {
        "driver": name,
        "about": about,
        "wiring": wiring,
        "channels": [
            {"name": channel, "unit": unit, "decimals": decimals}
            for channel, unit, decimals in drivers.channels(name)
        ],
        "options": [_option(key, *each) for key, each in drivers.options(name).items()],
    }


def _option(key, kind, default, *limits):
    """Return an option of a driver for JSON; a duration is in milliseconds."""
    option = {"name": key, "type": kind, "required": default is ...}
    option["default"] = None if default is ... else default
    if kind in _CHOICES:
        option["choices"] = limits
    elif kind in _RANGES:
        option["min"], option["max"] = limits
    if kind in _UNITS:
        option["unit"] = _UNITS[kind]
    return option
