"""`wherry ttn-payload`: the decoder for The Things Stack's console, and payloads to test it."""

from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from typing import Annotated

import typer

from wherry_host.cli.errors import fail
from wherry_host.cli.options import USUAL_CONFIG, Config
from wherry_host.config import config_file
from wherry_host.config.ttn_payload import VALUE_MAX, channels_of, decoder, encode


def ttn_payload(
    readings: Annotated[
        list[str] | None,
        typer.Argument(help="Readings such as temperature=21.5: print their payload instead."),
    ] = None,
    config: Config = USUAL_CONFIG,
    time: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When they were taken, such as 2026-05-01T10:20:30Z."),
    ] = None,
):
    """Print a node's uplink decoder for The Things Stack.

    With readings, print their payload in hex instead.
    """
    try:
        channels = channels_of(config_file.load(config).typed)
        if readings:
            typer.echo(encode(channels, _values(channels, readings), _seconds(time)).hex())
        else:
            typer.echo(decoder(channels), nl=False)
    except ValueError as error:
        fail(error)


def _values(channels, readings):
    """Return {name: scaled value} for name=value strings."""
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
        # This is checked before the conversion to an integer: 1e999999999 would be a very long
        # one.
        if scaled.is_nan() or abs(scaled) > VALUE_MAX:
            raise ValueError(f"{reading}: the value is out of range")
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
