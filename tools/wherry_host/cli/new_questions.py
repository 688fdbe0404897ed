"""The questions of `wherry new`. A question is repeated at once after a wrong answer.

`asked` asks all of them; a later round has the answers of the previous one as its defaults.
"""

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import typer
from wherry.config.messages import nearest
from wherry.config.values import is_placeholder, typed

from wherry_host.cli.errors import fail
from wherry_host.cli.options import USUAL_BOARD
from wherry_host.config import boards
from wherry_host.errors import BoardError
from wherry_host.install import battery_advice
from wherry_host.install.new_node import BATTERY, SUPPLIES, Answers

# The largest number of networks shown.
_NETWORKS_SHOWN = 6
_NO_DRIVER = "none"
# Removes an answer of the previous round.
_NONE = "-"
_OR_NONE = "; - for none"
_SUPPLY_QUESTION = "Supply (USB counts as mains)"
_BOARD_QUESTION = "Board, as `wherry boards` lists it"
# (option that the configuration checks, remedy) of an answer.
_NAME = ("text", ..., 1, 100), "Give 1 to 100 bytes of UTF-8 without control codes."
_SSID = ("ssid", ...), "Give the network's name, 1 to 32 bytes."
_PASSWORD = (
    ("password", ""),
    "Give 8 to 63 bytes, or the key's 64 hex digits, or nothing for an open network.",
)
# (key, question, True if it goes into secrets.toml) for each kind of uplink.
_UPLINKS = {
    "harbor": (
        ("endpoint", "Harbor id, or the address that the dashboard shows for an ESP32", False),
        ("api_key", "API key", True),
    ),
    "sensocan": (
        ("device_uuid", "Device UUID (Device Details > Overview)", False),
        ("token", "Access token (Device Details > Credentials)", True),
    ),
    "here": (
        ("device_id", "Device id, as its licence has it", False),
        ("device_secret", "Device secret", True),
    ),
}


@dataclass
class Seen:
    """The result of a board's scan; `board` is None if neither a port nor --board names one.

    `found` are (bus, address, names of all drivers that fit), `networks` are (name, dBm), the
    strongest first.
    """

    board: str | None
    found: list = field(default_factory=list)
    networks: list = field(default_factory=list)


@contextmanager
def questions():
    """Let Ctrl-C end a question or a test; the terminal shows typed letters again."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except (typer.Abort, KeyboardInterrupt) as error:
        typer.echo()
        if isinstance(error, KeyboardInterrupt) or sys.stdin.isatty():
            raise typer.Exit(130) from None
        fail("the answers end before the last question")
    finally:
        signal.signal(signal.SIGINT, before)


def fitting_board(names):
    """Ask which of the boards that fit the connected one it is; the first is the default."""
    typer.echo("Several boards have the chip and the image of the connected one:")
    for name in names:
        typer.echo(f"  {name:20} {boards.load(name)['name']}")
    return _choice("Board", names)


def chosen_sensors(seen):
    """Return [(driver, bus, address)] of the devices; the user chooses among several drivers."""
    chosen = []
    for bus, address, drivers in seen.found:
        if drivers[1:]:
            drivers = [_choice(f"Driver for 0x{address:02x}", [*drivers, _NO_DRIVER])]
        chosen += [(driver, bus, address) for driver in drivers if driver != _NO_DRIVER]
    return chosen


def asked(seen, sensors, before):
    """Return the user's Answers; `before` are the answers of the previous round, or None."""
    supply = _choice(_SUPPLY_QUESTION, SUPPLIES, before and before.supply)
    board = _board(seen, supply, before)
    name = _right("Name of the node at the server", _NAME, before.name if before else "desk")
    return Answers(supply, board, name, *_network(seen, before), *_server(before), sensors)


def _board(seen, supply, before):
    """Return the name of the board; on a battery print which boards suit, and its limits."""
    on_battery = supply == BATTERY
    if on_battery and not (seen.board and battery_advice.is_suited(seen.board)):
        typer.echo(battery_advice.suited_line())
    board = seen.board or _named_board(before.board if before else USUAL_BOARD)
    for line in battery_advice.board_lines(board) if on_battery else ():
        typer.echo(line)
    return board


def _named_board(default):
    """Ask until the answer names a board or the file of one."""
    while True:
        name = typer.prompt(_BOARD_QUESTION, default).strip()
        try:
            boards.load(name)
            return name
        except BoardError as error:
            is_name = not boards.is_file(name)
            remedy = nearest(name, boards.names())
            typer.echo(f'There is no board "{name}"; {remedy}' if is_name else str(error))


def _network(seen, before):
    """Return the name of the Wi-Fi network and its password."""
    if seen.networks and not before:
        shown = (f"{name} ({dbm} dBm)" for name, dbm in seen.networks[:_NETWORKS_SHOWN])
        typer.echo(f"Wi-Fi networks that the board sees: {', '.join(shown)}")
    strongest = seen.networks[0][0] if seen.networks else None
    ssid = _right("Name of the Wi-Fi network", _SSID, before.ssid if before else strongest)
    known = before.password if before and before.ssid == ssid else ""
    question = "Its password" if known else "Its password; empty for an open network"
    return ssid, _right(question, _PASSWORD, known, _optional_secret)


def _server(before):
    """Return the keys of the uplink, and its secret keys."""
    kind = _choice("Server", list(_UPLINKS), before and before.uplink["kind"])
    return _uplink(kind, before if before and before.uplink["kind"] == kind else None)


def _uplink(kind, before):
    plain, secret = {"kind": kind}, {}
    for key, question, is_secret in _UPLINKS[kind]:
        if is_secret:
            secret[key] = _secret(question, before and before.uplink_secrets.get(key))
            continue
        known = before and (before.uplink.get(key) or before.uplink.get("harbor_id"))
        answer = typer.prompt(question, known).strip()
        is_id = key == "endpoint" and "/" not in answer
        plain["harbor_id" if is_id else key] = answer
    if "endpoint" in plain:
        known = before.uplink.get("ca", "") if before else ""
        question = "File of its CA's certificate; empty for a public server"
        if known:
            question = f"File of its CA's certificate{_OR_NONE}"
        ca = typer.prompt(question, known, show_default=bool(known))
        plain |= {"ca": ca} if ca not in ("", _NONE) else {}
    return plain, secret


def _choice(question, names, default=None):
    """Ask until the answer is one of the names."""
    while True:
        answer = typer.prompt(f"{question}: {', '.join(names)}", default or names[0]).strip()
        if answer in names:
            return answer
        typer.echo(f"Give one of {', '.join(names)}.")


def _right(question, rule, default, ask=typer.prompt):
    """Ask until the configuration accepts the answer; `rule` is (option, remedy)."""
    option, remedy = rule
    while typed(option, answer := ask(question, default)) is None:
        is_example = is_placeholder(option, answer)
        typer.echo("Replace the example with your own value." if is_example else remedy)
    return answer


def _secret(question, known):
    """Ask without showing the answer; an empty answer keeps the previous round's answer."""
    kept = " (empty: as before)" if known else ""
    is_hidden = sys.stdin.isatty()
    return typer.prompt(question + kept, known or "", hide_input=is_hidden, show_default=False)


def _optional_secret(question, known):
    """Ask as `_secret` does; `_NONE` removes the previous round's answer."""
    answer = _secret(f"{question}{_OR_NONE}" if known else question, known)
    return "" if known and answer == _NONE else answer
