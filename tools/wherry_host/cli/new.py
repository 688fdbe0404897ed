"""`wherry new`: ask for a new node's settings, scan its board, test its server, write the files.

The questions can be answered from a pipe, one answer per line.
"""

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import typer

from wherry_host.cli.check import sensor_port
from wherry_host.cli.errors import errors_for_people, fail, show_error, stoppable
from wherry_host.cli.options import USUAL_BOARD, USUAL_CONFIG, Board, Config, Port
from wherry_host.errors import NoPortError, ToolError

# The largest number of networks shown.
_NETWORKS_SHOWN = 6
_BOARD_QUESTION = "Board, as `wherry boards` lists it"
_NO_DRIVER = "none"
# (key, question, True if it goes into secrets.toml) for each kind of uplink.
_QUESTIONS = {
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
    """The result of a board's scan: `found` are (bus, address, names of all drivers that fit)."""

    board: str
    found: list = field(default_factory=list)
    networks: list = field(default_factory=list)


def new(port: Port = None, config: Config = USUAL_CONFIG, board: Board = None):
    """Ask for a new node's settings, send a test point, and write node.toml and secrets.toml."""
    from wherry_host.install import new_node

    with errors_for_people():
        new_node.check_absent(config)
        seen = _seen(port, board)
        with _questions():
            seen.board = seen.board or typer.prompt(_BOARD_QUESTION, USUAL_BOARD)
            sensors = list(_sensors(seen))
            answers = None
            while answers is None or not _is_right(config, answers):
                answers = _asked(seen, sensors, answers)
        command = "wherry deploy" + (f" --config {config}" if config != USUAL_CONFIG else "")
        typer.echo(f"{config} and secrets.toml are written. Next: {command}")


@contextmanager
def _questions():
    """Let Ctrl-C end a question, after which the terminal shows typed letters again."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except typer.Abort:
        typer.echo()
        if sys.stdin.isatty():
            raise typer.Exit(130) from None
        fail("the answers end before the last question")
    finally:
        signal.signal(signal.SIGINT, before)


def _seen(port, board):
    """Return the Seen of the board at the port, with only a name if no board is connected."""
    with stoppable() as asked:
        try:
            from wherry_host.install.ports import chosen_port

            port = chosen_port(port, typer.echo)
        except NoPortError as error:
            typer.echo(f"{error}\nNothing is looked at: the sensors are for you to add.")
            return Seen(board)
        with sensor_port(port, board, asked) as (target, name):
            return Seen(name, list(_found(target, name)), target.networks())


def _found(target, name):
    from wherry_host.install.sensor_text import guess, scanned

    for bus, _, found in scanned(target, name):
        for address, candidates in found:
            typer.echo(f"{bus}: 0x{address:02x} {guess(candidates)}")
            yield bus, address, [driver for driver, _ in candidates]


def _sensors(seen):
    """Yield (driver, bus, address) of each device; the user chooses among several drivers."""
    for bus, address, drivers in seen.found:
        if drivers[1:]:
            drivers = [_choice(f"Driver for 0x{address:02x}", [*drivers, _NO_DRIVER])]
        yield from ((driver, bus, address) for driver in drivers if driver != _NO_DRIVER)


def _choice(question, names, default=None):
    """Ask until the answer is one of the names."""
    while True:
        answer = typer.prompt(f"{question}: {', '.join(names)}", default or names[0]).strip()
        if answer in names:
            return answer
        typer.echo(f"Give one of {', '.join(names)}.")


def _asked(seen, sensors, before):
    """Return the user's Answers; `before` are the answers of the previous round."""
    from wherry_host.install.new_node import Answers

    networks = seen.networks
    name = typer.prompt("Name of the node at the server", before.name if before else "desk")
    if networks and not before:
        shown = (f"{name} ({dbm} dBm)" for name, dbm in networks[:_NETWORKS_SHOWN])
        typer.echo(f"Wi-Fi networks that the board sees: {', '.join(shown)}")
    strongest = networks[0][0] if networks else None
    ssid = typer.prompt("Name of the Wi-Fi network", before.ssid if before else strongest)
    password = _secret("Its password; empty for an open network", before and before.password)
    kind = _choice("Server", list(_QUESTIONS), before and before.uplink["kind"])
    same = before if before and before.uplink["kind"] == kind else None
    return Answers(name, seen.board, ssid, password, *_uplink(kind, same), sensors)


def _uplink(kind, before):
    """Return the keys of an uplink, and its secret keys."""
    plain, secret = {"kind": kind}, {}
    for key, question, is_secret in _QUESTIONS[kind]:
        if is_secret:
            secret[key] = _secret(question, before and before.uplink_secrets.get(key))
            continue
        known = before and (before.uplink.get(key) or before.uplink.get("harbor_id"))
        answer = typer.prompt(question, known).strip()
        is_id = key == "endpoint" and "/" not in answer
        plain["harbor_id" if is_id else key] = answer
    if "endpoint" in plain:
        ca = typer.prompt(
            "File of its CA's certificate; empty for a public server",
            before.uplink.get("ca", "") if before else "",
            show_default=False,
        )
        plain |= {"ca": ca} if ca else {}
    return plain, secret


def _secret(question, known):
    """Ask without showing the answer; an empty answer keeps the previous round's answer."""
    kept = " (empty: as before)" if known else ""
    is_hidden = sys.stdin.isatty()
    return typer.prompt(question + kept, known or "", hide_input=is_hidden, show_default=False)


def _is_right(config, answers):
    """Write the files, check them and test the server; return True if the user is satisfied."""
    from wherry_host.config import config_file
    from wherry_host.install import new_node, trial_point

    new_node.write(config, answers)
    try:
        loaded = config_file.load(config)
        typer.echo(trial_point.send(loaded.typed["uplink"][0], loaded.ca.values(), answers.name))
    except (ValueError, ToolError) as error:
        show_error(error)
        return not typer.confirm("Answer again", True)
    return True
