"""`wherry battery`: a forecast of a node's battery life, before the node is in the field."""

import json
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people
from wherry_host.cli.options import ASSUMED, USUAL_BOARD, USUAL_CONFIG, Board, Secrets, load
from wherry_host.errors import ToolError

Given = Annotated[
    Path | None,
    typer.Argument(metavar="CONFIG", help="The node's TOML file.", show_default="node.toml"),
]


def battery(
    given: Given = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The node's TOML file.")
    ] = None,
    board: Board = None,
    secrets: Secrets = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that are planned.")] = 365,
    capacity: Annotated[
        int | None,
        typer.Option(
            metavar="MAH",
            min=20,
            max=200_000,
            show_default="that of [power], or 3000",
            help="The cell's capacity in mAh.",
        ),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a plot: FILE.html or FILE.svg.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
):
    """Forecast the charge of a node and the days of its battery.

    The placeholders of examples/, such as YOUR_API_KEY, need not be replaced.
    The model's currents and times are published ones: docs/energy.md.
    """
    with errors_for_people():
        if given and config:
            raise ToolError(f"{given} and {config}: give one file")
        config = given or config or USUAL_CONFIG
        loaded = load(config, secrets, board, USUAL_BOARD, with_examples=True)
        found = _outlook(config, loaded, capacity)
        from wherry_host.energy import text

        title = f"{config} on {loaded.board}" + ASSUMED * loaded.is_assumed
        lines = list(text.lines(found, title, days))
        if plot:
            _write(plot, found, title, days, lines)
    typer.echo(json.dumps(_fields(found, days), indent=2) if as_json else "\n".join(lines))


def _outlook(config, loaded, capacity):
    from wherry_host.compile.empty_battery import cell_of
    from wherry_host.config import boards
    from wherry_host.energy.outlook import outlook_of
    from wherry_host.energy.profile import CHIPS, profile_of
    from wherry_host.install.deploy import plan

    power = loaded.typed["power"]
    if power["source"] != "battery":
        raise ToolError(f'{config}: runs on mains; give [power] source = "battery"')
    board = boards.load(loaded.board)
    if "sleep_current_ua" not in board:
        raise ToolError(
            f"{loaded.board}: the sleep current is unknown; measure it and give"
            " sleep_current_ua in your own board file (docs/boards.md)"
        )
    if board["chip"] not in CHIPS:
        raise ToolError(
            f"{loaded.board}: the currents of an {board['chip']} are unknown; known: "
            + ", ".join(sorted(CHIPS))
        )
    cell = cell_of(loaded.typed, board, capacity)
    files = plan(loaded, loaded.board).files
    return outlook_of(loaded.typed, files, profile_of(board), cell)


def _write(path, *parts):
    from wherry_host.energy import plot

    is_page = path.suffix in (".html", ".htm")
    text = plot.page(*parts) if is_page else plot.svg(*parts[:3])
    try:
        path.write_text(text)
    except OSError as error:
        raise ToolError(f"{path}: {error.strerror}; name another file") from None


def _fields(outlook, days):
    usual, fewest, most = outlook.days()
    levels = [
        {
            "name": level.name, "sample_s": level.work.sample_s, "send_s": level.work.send_s,
            "mah_per_day": round(level.mah, 3), "low": round(level.low_mah, 3),
            "high": round(level.high_mah, 3),
            "causes": {cause: round(mah, 3) for cause, mah in level.causes_mah.items()},
        }
        for level in outlook.levels
    ]  # fmt: skip
    others = {name: round(mah, 2) for name, mah in outlook.peers_mah().items()}
    dominant = [name for name, *_ in outlook.dominant()]
    return {
        "days": usual, "days_low": fewest, "days_high": most, "days_planned": days,
        "capacity_mah": outlook.cell.capacity_mah, "levels": levels, "others": others,
        "dominant": dominant,
    }  # fmt: skip
