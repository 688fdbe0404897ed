"""`wherry boards`: the boards that a configuration may name, one per line, or one board's file."""

import json
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people


def boards(
    name: Annotated[
        str | None, typer.Argument(help="Print this board's file, to edit it as your own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
):
    """List the boards: chip, name, buses, current in deep sleep.

    With --json, all that is known of each: pins, image, sizes of the flash.
    """
    with errors_for_people():
        from wherry_host.config import boards as known

        if name and not as_json:
            typer.echo(known.text_of(name), nl=False)
            return
        found = {each: known.load(each) for each in ([name] if name else known.names())}
        if as_json:
            listed = [_fields(*each) for each in found.items()]
            typer.echo(json.dumps(listed, indent=2, ensure_ascii=False))
            return
        for each in found.items():
            typer.echo(_line(*each))


def _fields(name, board):
    """Return a board for JSON; its current is null if it is unknown."""
    return {"board": name, "sleep_current_ua": None, **board}


def _line(name, board):
    buses = ", ".join(board.get("buses", ()))
    asleep = f"{board['sleep_current_ua']} µA" if "sleep_current_ua" in board else ""
    return f"{name:20} {board['chip']:8} {board['name']:37} {buses:22} {asleep}".rstrip()
