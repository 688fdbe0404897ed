"""A node on the desktop: server, virtual board and one clock in a folder, wired to each other.

    with Rig(scale=5, config={"node": {"send_every": "5 s"}}) as rig:
        rig.deploy_image()
        rig.board.start()

Nothing is left behind but a folder or a database that was given.
"""

import json
import tempfile
from contextlib import ExitStack, nullcontext
from pathlib import Path

from wherry_host import config_file, deploy
from wherry_host.account import Account
from wherry_host.boards import VIRTUAL, virtual_flash
from wherry_host.clock import VirtualClock
from wherry_host.measured import Channels
from wherry_host.owner.kept import read_kept
from wherry_host.rig_uplinks import sections
from wherry_host.server.service import Service
from wherry_host.stalls import StallMeter
from wherry_host.uplink_tables import read_tables
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.options import ACCESS_POINT

# The pin of the battery is that of the virtual boards in boards/.
_DEVICES = [
    {"kind": "bme280", "address": 0x76},
    {"kind": "host", "address": 0x48},
    {"kind": "battery", "pin": 34},
]
# What ends a program before it can finish a row; deep sleep comes after its rows.
_ENDS = ("cut", "reset", "crash")


class Rig:
    """Made and started by `with`: then `service` runs and `board` is there, blank and off.

    `clock` is theirs, and `stalls` a StallMeter.

    `config` changes sections of the node's configuration, as a dictionary or as TOML text;
    `uplinks` are the dialects that the node speaks to the server (rig_uplinks.py); `server` and
    `board` are options of Service and VirtualBoard, `board_name` says which of the virtual boards
    it is. Without `folder` it is a temporary one. `with` raises ConfigError for a wrong `config`.
    """

    def __init__(
        self,
        folder=None,
        scale=1.0,
        seed=0,
        config=None,
        db=None,
        server=None,
        board=None,
        board_name=VIRTUAL,
        uplinks=("harbor",),
    ):
        self._uplinks = uplinks
        self.board_name = board_name
        self._given_folder = folder
        self._scale, self._seed = scale, seed
        if isinstance(config, str):
            config = config_file.parsed("config", config.encode())
        self._changes = config or {}
        self._db = db
        self._server_options, self._board_options = server or {}, board or {}

    def __enter__(self):
        with ExitStack() as stack:
            folder = self._given_folder
            if folder is None:
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wherry-"))
            self.folder = Path(folder)
            self.clock = VirtualClock.create(self.folder / "clock", self._scale)
            self.stalls = stack.enter_context(StallMeter(self.clock))
            self.service = stack.enter_context(self._make_service())
            self.config = self._load_config()
            self.board = self._make_board()
            stack.callback(self.board.stop)
            self._parts = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._parts.close()

    def _make_service(self):
        options = {"db": self._db, "seed": self._seed, **self._server_options}
        return Service(clock_file=self.clock.path, **options)

    def _load_config(self):
        path = self.folder / "node.toml"
        config = _changed(self._plain_config(), self._changes)
        if "uplink" not in self._changes:
            config["uplink"] = sections(self.service, self._uplinks, config["sensor"])
        path.write_text(toml_text(config))
        return config_file.load(path)

    def _plain_config(self):
        access = {key: ACCESS_POINT[key] for key in ("ssid", "password")}
        return {
            "node": {"name": "demo", "sample_every": "1 s", "send_every": "3 s"},
            "wifi": [access],
            "sensor": [{"driver": "bme280"}, {"driver": "host"}, {"driver": "battery"}],
        }

    def _make_board(self):
        ports = {53: _port(self.service.dns), 123: self.sntp_port}
        options = {"seed": self._seed, "ports": ports, "devices": _DEVICES}
        options |= virtual_flash(self.board_name) | self._board_options
        return VirtualBoard(self.folder / "board", self.clock.path, **options)

    @property
    def sntp_port(self):
        """The port on loopback that port 123 leads to."""
        return _port(self.service.sntp)

    # Deploy

    def plan(self):
        """Return the deploy.Plan of the configuration."""
        return deploy.plan(self.config, self.board_name)

    def deploy_image(self):
        """Put the node into the flash of the board, which is off; the fast way."""
        return deploy.to_image(self.plan(), self.board.flash, self.board.options.mac)

    def deploy_port(self):
        """Put the node on the running board through its port, as on a real one; it restarts."""
        return deploy.to_port(self.plan(), self.board.port)

    # The account

    def tables(self):
        """Return the uplink_tables.Table of each uplink."""
        return read_tables(self.service.db, self.service, self.config.typed)

    def points(self):
        """Return what all uplinks have delivered: (channel, time_us, value, received_us)."""
        return [(*point[:3], point[4]) for table in self.tables() for point in table.points]

    def account(self, speed=1, hurried=None):
        """Cut the power, if it is on, and return the Account of everything so far.

        `speed` is the highest of the run, if the host's own delays are to be allowed for. The
        context `hurried` holds what takes long after a long run and may be ended anywhere.
        """
        if self.board.port:
            self.board.cut()
        ends_us = [event["time_us"] for event in self.board.events if event["event"] in _ENDS]
        # The image is read by callbacks from C, where an exception would get lost.
        kept = read_kept(self.board.flash)
        typed = self.config.typed
        if typed["node"]["durability"] == "stage":
            # The cut that ends the run leaves a gap that no start has noted yet.
            kept.gaps.append(
                (max((each.stamp_us or 0 for each in kept.readings), default=0), None)
            )
        with hurried or nullcontext():
            return Account(
                Channels.of(typed).samples(self.board.truth, ends_us, speed, self.stalls),
                self.tables(),
                self.board.lines,
                ends_us,
                kept,
                typed["node"]["stamps"],
                speed,
                self.stalls,
            )


def _port(place):
    return int(place.rpartition(":")[2])


def _changed(config, changes):
    """Return the configuration with sections changed: tables by key, lists as a whole."""
    result = dict(config)
    for section, change in changes.items():
        both = isinstance(change, dict) and isinstance(result.get(section), dict)
        result[section] = result[section] | change if both else change
    return result


def toml_text(config):
    """Return a dictionary of tables and lists of tables as TOML; nested tables stand inline."""
    lines = []
    for section, content in config.items():
        entries, head = ([content], "[%s]") if isinstance(content, dict) else (content, "[[%s]]")
        for entry in entries:
            lines.append(head % section)
            lines += [f"{_toml_value(key)} = {_toml_value(value)}" for key, value in entry.items()]
    return "\n".join(lines) + "\n"


def _toml_value(value):
    if isinstance(value, dict):
        inside = (f"{_toml_value(key)} = {_toml_value(part)}" for key, part in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    # Texts, numbers and truth values are written as in JSON, whose escapes TOML knows.
    return json.dumps(value)
