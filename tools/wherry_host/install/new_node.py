"""Write a new node's two files: its configuration, and its secrets for their owner only."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from wherry_host.config.config_file import SECRETS_NAME
from wherry_host.config.toml_text import toml_value
from wherry_host.errors import PlaceError
from wherry_host.install.sensor_text import block
from wherry_host.private import make_file

_IGNORED = ".gitignore"


@dataclass
class Answers:
    """The user's answers about a new node; `sensors` are (driver, bus, address).

    `uplink` are the keys of its uplink, `uplink_secrets` are the keys for the secrets file.
    """

    name: str
    board: str
    ssid: str
    password: str
    uplink: dict
    uplink_secrets: dict
    sensors: list = field(default_factory=list)


def check_absent(config):
    """Raise PlaceError if a file that `write` would create exists."""
    for path in (config, config.with_name(SECRETS_NAME)):
        if path.exists():
            raise PlaceError(f"{path} already exists: edit it, or give --config another folder")


def write(config, answers):
    """Write both files, `config` and its secrets, over existing ones. Raises PlaceError."""
    secrets = config.with_name(SECRETS_NAME)
    try:
        make_file(secrets).write_text(secret_text(answers), "utf-8")
        config.write_text(node_text(answers), "utf-8")
    except OSError as error:
        raise PlaceError(
            f"{error.filename}: {error.strerror}; give --config in a folder that you own"
        ) from None
    _have_ignored(secrets)


def node_text(answers):
    """Return the TOML configuration of a node that samples every 10 s and sends every minute."""
    sections = [
        "# Made by `wherry new`; docs/config.md has every key. Secrets are in secrets.toml.",
        _section("[node]", name=answers.name, board=answers.board)
        + '\nsample_every = "10 s"\nsend_every = "1 min"',
        _section("[[wifi]]", ssid=answers.ssid),
        _section("[[uplink]]", **answers.uplink),
        *(block(driver, bus, address) for driver, bus, address in answers.sensors),
        '[[sensor]]\ndriver = "chip"      # the temperature of the chip',
        '[power]\nsource = "mains"     # "battery": the chip sleeps between samples',
    ]
    return "\n\n".join(sections) + "\n"


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
