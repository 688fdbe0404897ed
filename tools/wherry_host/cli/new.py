"""`wherry new`: ask for a new node's settings, scan its board, test its server, write the files.

The questions can be answered from a pipe, one answer per line. The exit code is 1 if the written
files have mistakes or the server has not accepted the test.
"""

import typer
from wherry.config.check import ConfigError

from wherry_host.cli.check import restarted
from wherry_host.cli.errors import errors_for_people, fail, show_error, stoppable, warn
from wherry_host.cli.new_questions import Seen, asked, chosen_sensors, fitting_board, questions
from wherry_host.cli.options import USUAL_CONFIG, Board, Config, Port
from wherry_host.config import boards
from wherry_host.errors import NoPortError
from wherry_host.install import battery_advice, new_node


def new(port: Port = None, config: Config = USUAL_CONFIG, board: Board = None):
    """Ask for a new node's settings, send a test point, and write node.toml and secrets.toml."""
    with errors_for_people():
        new_node.check_absent(config)
        if board is not None:
            boards.load(board)
        seen = _seen(port, board)
        with questions():
            answers, fault = _tested(config, seen, chosen_sensors(seen))
        new_node.write(config, answers)
        typer.echo(f"{config} and secrets.toml are written.")
        _finish(config, answers, fault)


def _seen(port, board):
    """Return the Seen of the board at the port, with only a name if no board is connected."""
    from wherry_host.install.ports import chosen_port
    from wherry_host.install.sensor_port import SensorPort

    with stoppable() as stop:
        try:
            port = chosen_port(port, typer.echo)
        except NoPortError as error:
            typer.echo(f"{error}\nWithout a board nothing is scanned: you add the sensors.")
            return Seen(board)
        with restarted(SensorPort(port, look=stop.check, show=typer.echo)) as target:
            name = _board_at(target, board)
            return Seen(name, list(_found(target, name)), target.networks())


def _board_at(target, name):
    """Return the name of the board at an open SensorPort; ask if several boards fit."""
    from wherry_host.install.board_choice import board_at, boards_at

    found = boards_at(target, name)
    if not found[1:]:
        return board_at(target, name, typer.echo)
    with questions():
        return fitting_board(found)


def _found(target, name):
    from wherry_host.install.sensor_text import guess, scanned

    for bus, _, found in scanned(target, name):
        for address, candidates in found:
            typer.echo(f"{bus}: 0x{address:02x} {guess(candidates)}")
            yield bus, address, [driver for driver, _ in candidates]


def _tested(config, seen, sensors):
    """Ask until the answers pass the test or the user is satisfied; return (Answers, fault)."""
    answers = None
    while True:
        answers = asked(seen, sensors, answers)
        fault = _fault(config, answers)
        if fault is None or not typer.confirm("Answer again", True):
            return answers, fault


def _fault(config, answers):
    """Check the configuration and test the server; print the result and return its error or None.

    No file is left here, so Ctrl-C leaves none.
    """
    from wherry_host.install import trial_point

    try:
        loaded = new_node.checked(config, answers)
        for warning in loaded.warnings:
            warn(warning)
        typer.echo(trial_point.send(loaded.typed["uplink"][0], loaded.ca.values(), answers.name))
    except (ConfigError, trial_point.PointError) as error:
        show_error(error)
        return error
    return None


def _finish(config, answers, fault):
    """Print the next step: a correction, the forecast of a battery, or the deploy."""
    named = f" --config {config}" if config != USUAL_CONFIG else ""
    if isinstance(fault, ConfigError):
        places = dict.fromkeys(place.partition(":")[0] for place, _, _ in fault.errors)
        fail(f"mistakes to correct in {'; '.join(places)}. Then: wherry check{named}")
    if fault is not None:
        fail(
            f"the server has not accepted the test: correct {config} or secrets.toml. "
            f"Then: wherry deploy{named}"
        )
    # The forecast needs the current asleep.
    if answers.supply == new_node.BATTERY and battery_advice.sleep_known(answers.board):
        typer.echo(f"Next: wherry battery{f' {config}' if named else ''}")
        typer.echo(f"Then: wherry deploy{named}")
    else:
        typer.echo(f"Next: wherry deploy{named}")
