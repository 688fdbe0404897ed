"""`wherry ttn-payload`: the decoder for The Things Stack's console, and payloads to try it on."""

from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from pathlib import Path
from typing import Annotated

import typer
from wherry.config.check import ConfigError

from wherry_host.config import config_file
from wherry_host.config.ttn_payload import VALUE_MAX, channels_of, decoder, encode


def ttn_payload(
    config: Annotated[Path, typer.Option(help="The node's configuration.")],
    readings: Annotated[
        list[str] | None,
        typer.Argument(help="Readings such as temperature=21.5: print their payload instead."),
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="When they were taken, such as 2026-05-01T10:20:30Z.")
    ] = None,
):
    """Print a node's uplink decoder for The Things Stack, or the payload of readings in hex."""
    try:
        channels = channels_of(config_file.load(config).typed)
        if readings:
            typer.echo(encode(channels, _values(channels, readings), _seconds(time)).hex())
        else:
            typer.echo(decoder(channels), nl=False)
    except (ConfigError, ValueError) as error:
        typer.echo(f"ttn-payload: {error}", err=True)
        raise typer.Exit(1) from None


def _values(channels, readings):
    """Return {name: scaled value} of name=value texts."""
    decimals = {name: places for name, _, places in channels}
    values = {}
    for reading in readings:
        name, equals, text = reading.partition("=")
        if not equals:
            raise ValueError(f"{reading}: write it as name=value, such as temperature=21.5")
        try:
            scaled = Decimal(text).scaleb(decimals.get(name, 0))
        except DecimalException:
            raise ValueError(f"{reading}: {text!r} is not a number") from None
        # Before it becomes an integer: 1e999999999 would be a very long one.
        if scaled.is_nan() or abs(scaled) > VALUE_MAX:
            raise ValueError(f"{reading}: the value is beyond what a row holds")
        values[name] = int(scaled.to_integral_value())
    return values


def _seconds(text):
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"time {text}: write it as 2026-05-01T10:20:30Z") from None
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
