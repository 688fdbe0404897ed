"""Write a new node's two files: its configuration, and its secrets for their owner only."""

import os
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from wherry_host.config import boards, config_file
from wherry_host.config.config_file import SECRETS_NAME
from wherry_host.config.toml_text import toml_value
from wherry_host.errors import PlaceError
from wherry_host.install.battery_advice import sleep_known
from wherry_host.install.sensor_text import block
from wherry_host.private import make_file

#: The values of [power] source.
SUPPLIES = MAINS, BATTERY = "mains", "battery"
_IGNORED = ".gitignore"
# (sample_every, send_every) of a new node on each supply.
_TIMES = {MAINS: ("10 s", "1 min"), BATTERY: ("10 min", "1 h")}
_CHIP = '[[sensor]]\ndriver = "chip"         # the temperature of the chip'
_DIVIDER = """\
[[sensor]]
driver = "battery"      # needs two resistors, their middle on GPIO {}: docs/boards.md"""
_ON_MAINS = '[power]\nsource = "mains"        # "battery": the chip sleeps between samples'
_ON_BATTERY = """\
[power]
source = "battery"      # the chip sleeps between samples
# chemistry = "li-ion"  # or "lifepo4", "2xAA", "3xAA"
# capacity_mah = 3000   # of the cell: """
_COUNTS = "the node counts its charge and sends the days that are left"
_CANNOT_COUNT = "needs sleep_current_ua in your own board file, see docs/boards.md"


@dataclass
class Answers:
    """The user's answers about a new node; `sensors` are (driver, bus, address).

    `supply` is one of SUPPLIES. `uplink` are the keys of its uplink, `uplink_secrets` are the keys
    for the secrets file.
    """

    supply: str
    board: str
    name: str
    ssid: str
    password: str
    uplink: dict
    uplink_secrets: dict
    sensors: list = field(default_factory=list)


def check_absent(config):
    """Raise PlaceError if a file that `write` would create exists, or cannot be created."""
    if config.name == SECRETS_NAME:
        raise PlaceError(f"{config}: the secrets have this name; give --config another one")
    if not _is_folder_possible(config.parent):
        raise PlaceError(f"{config.parent}: not a folder; give --config in a folder")
    for path in (config, config.with_name(SECRETS_NAME)):
        if path.exists():
            raise PlaceError(f"{path} already exists: edit it, or give --config another folder")


def _is_folder_possible(folder):
    existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    return existing.is_dir()


def checked(config, answers):
    """Return the HostConfig that the answers make. Raises ConfigError and PlaceError.

    Both files are in their place only during the check, because paths in them are relative to it.
    """
    check_absent(config)
    try:
        _put(config, answers)
        return config_file.load(config)
    finally:
        for path in (config, config.with_name(SECRETS_NAME)):
            with suppress(OSError):
                path.unlink()


def write(config, answers):
    """Write both files, `config` and its secrets, and hide the secrets from git.

    Raises PlaceError.
    """
    check_absent(config)
    _put(config, answers)
    _have_ignored(config.with_name(SECRETS_NAME))


def _put(config, answers):
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        make_file(config.with_name(SECRETS_NAME)).write_text(secret_text(answers), "utf-8")
        config.write_text(node_text(answers, config.parent), "utf-8")
    except OSError as error:
        raise PlaceError(
            f"{error.filename}: {error.strerror}; give --config in a folder that you own"
        ) from None


def node_text(answers, folder):
    """Return the TOML configuration of a node, for a file in `folder`, with the usual times of its
    supply.
    """
    sample_every, send_every = _TIMES[answers.supply]
    board = answers.board
    if boards.is_file(board):
        board = os.path.relpath(board, folder)
    node = {"name": answers.name, "board": board}
    sections = [
        "# Made by `wherry new`; docs/config.md has every key. Secrets are in secrets.toml.",
        _section("[node]", **node, sample_every=sample_every, send_every=send_every),
        _section("[[wifi]]", ssid=answers.ssid),
        _section("[[uplink]]", **answers.uplink),
        *(block(driver, bus, address) for driver, bus, address in answers.sensors),
        _CHIP,
        *(_battery_sections(answers.board) if answers.supply == BATTERY else [_ON_MAINS]),
    ]
    return "\n\n".join(sections) + "\n"


def _battery_sections(board_name):
    """Return the sections of a node on a battery: the sensor of a divider, and [power]."""
    divider = boards.load(board_name).get("battery")
    sensors = [_DIVIDER.format(divider["adc_pin"])] if divider else []
    charge = _COUNTS if sleep_known(board_name) else _CANNOT_COUNT
    return [*sensors, _ON_BATTERY + charge]


def secret_text(answers):
    """Return the secrets as TOML, by the sections that they belong to."""
    password = {"password": answers.password} if answers.password else {}
    sections = (
        _section("[[wifi]]", **password),
        _section("[[uplink]]", **answers.uplink_secrets),
    )
    return "\n\n".join(sections) + "\n"


def _section(head, **values):
    return "\n".join([head, *(f"{key} = {toml_value(value)}" for key, value in values.items())])


def _have_ignored(path):
    """Make git ignore a file if it is in a work tree."""

    def git(*words):
        command = ["git", "-C", str(path.parent), *words]
        return subprocess.run(command, capture_output=True, check=False).returncode

    try:
        if git("rev-parse", "--is-inside-work-tree") or not git("check-ignore", "-q", path.name):
            return
    except FileNotFoundError:
        # If git is not installed, nothing needs to be ignored.
        return
    with Path(path.parent, _IGNORED).open("a", encoding="utf-8") as file:
        file.write(f"{path.name}\n")
