"""A node on the desktop: a server, a virtual board and their common clock, in one folder.

    with Rig(scale=5, config={"node": {"send_every": "5 s"}}) as rig:
        rig.deploy_image()
        rig.board.start()

Nothing is left behind except a folder or a database that was given.
"""

import sqlite3
from contextlib import ExitStack, closing, nullcontext, suppress
from pathlib import Path

from wherry_host.account.account import Account
from wherry_host.account.evidence import Evidence, FlashWitness
from wherry_host.account.flash_history import history_of
from wherry_host.account.processor import ProcessorMeter
from wherry_host.account.stalls import StallMeter, Standstill
from wherry_host.account.uplink_tables import read_tables
from wherry_host.clock import VirtualClock
from wherry_host.config import boards, config_file
from wherry_host.config.boards import VIRTUAL, virtual_flash
from wherry_host.config.toml_text import toml_text
from wherry_host.console_text import is_error
from wherry_host.demo.rig_hindrances import hindrances_us
from wherry_host.demo.rig_uplinks import sections
from wherry_host.energy.on_node import usual_of
from wherry_host.install import deploy
from wherry_host.private import make_file
from wherry_host.server.service import Service
from wherry_host.temporary import TemporaryFolder
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.options import ACCESS_POINT

# The virtual boards in boards/ have the battery on this pin.
_DEVICES = [
    {"kind": "bme280", "address": 0x76},
    {"kind": "host", "address": 0x48},
    {"kind": "battery", "pin": 34},
]


class Rig:
    """Created and started by `with`, after which `service` runs and `board` is blank and off.

    The service and the board share `clock`; `standstill` is a Standstill.

    `config` changes sections of the node's configuration, as a dictionary or as TOML text;
    `uplinks` are the dialects that the node speaks to the server (rig_uplinks.py); `server` and
    `board` are options of Service and VirtualBoard, `board_name` is the virtual board's name.
    Without `folder`, a temporary folder is used. `with` raises ConfigError for a wrong `config`.
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
        self._lost_points = {}
        self._deployed_us = None
        self._server_options, self._board_options = server or {}, board or {}

    def __enter__(self):
        with ExitStack() as stack:
            folder = self._given_folder
            if folder is None:
                folder = stack.enter_context(TemporaryFolder("demo"))
            self.folder = Path(folder)
            self.clock = VirtualClock.create(self.folder / "clock", self._scale)
            stalls = stack.enter_context(StallMeter(self.clock))
            self.service = stack.enter_context(self._make_service())
            #: All services that have stored points in its database.
            self.services = [self.service]
            self.config = self._load_config()
            self.board = self._make_board()
            stack.callback(self.board.stop)
            processor = stack.enter_context(ProcessorMeter(self.board))
            self.standstill = Standstill(stalls, processor)
            self._parts = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._parts.close()

    def _make_service(self):
        options = {"db": self._db, "seed": self._seed, **self._server_options}
        return Service(clock_file=self.clock.path, **options)

    def _load_config(self):
        path = make_file(self.folder / "node.toml")
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
        # The account distinguishes measurements by their values, so an hour of weather passes in 6
        # s.
        options |= {"flash_log": True, "weather_speed": 600}
        options |= virtual_flash(self.board_name) | self._board_options
        return VirtualBoard(self.folder / "board", self.clock.path, **options)

    @property
    def sntp_port(self):
        """The port on loopback to which port 123 is mapped."""
        return _port(self.service.sntp)

    # Deploy

    def plan(self):
        """Return the deploy.Plan of the configuration."""
        return deploy.plan(self.config, self.board_name)

    def deploy_image(self):
        """Write the node to the image of the board, which is off; faster than by the port."""
        done = deploy.to_image(self.plan(), self.board.flash, self.board.options.mac)
        self._deployed_us = self._deployed_us or self.clock.now_us()
        return done

    def deploy_port(self):
        """Deploy the node to the running board by its port, as to a real board; it restarts."""
        done = deploy.to_port(self.plan(), self.board.port)
        self._deployed_us = self._deployed_us or self.clock.now_us()
        return done

    # The account

    def tables(self):
        """Return the uplink_tables.Table of each uplink."""
        for service in self.services:
            # If the file is locked, the next read has these points too.
            with suppress(sqlite3.OperationalError):
                service.store.flush()
        tables = read_tables(self.service.db, self.service, self.config.typed)
        for table in tables:
            table.lost = self._lost_points.get(table.label, [])
        return tables

    def lose_points(self, condition, *values):
        """Delete the points that an SQL condition selects from the database; return their number.

        The account knows that the server has had them.
        """
        before = self.tables()
        with closing(sqlite3.connect(self.service.db)) as db, db:
            count = db.execute(f"DELETE FROM points WHERE {condition}", values).rowcount
        for old, new in zip(before, self.tables(), strict=True):
            lost = set(old.points) - set(new.points)
            self._lost_points[old.label] = [*old.lost, *lost]
        return count

    def points(self):
        """Return the delivered points of all uplinks: (channel, time_us, value, received_us)."""
        return [(*point[:3], point[4]) for table in self.tables() for point in table.points]

    def errors(self):
        """Return the program's errors on the console, such as "OSError: 28"."""
        texts = [text for _, text in self.board.lines]
        return [text for text in texts if is_error(text)]

    def account(self, speed=None, hurried=None):
        """Cut the power, if it is on, and return the Account of the run so far.

        `speed` is the highest speed of the run, if it differs from the first speed. The context
        `hurried` wraps work that is slow after a long run and may be ended at any point.
        """
        if self.board.port:
            self.board.cut()
        # The image is read by callbacks from C, in which an exception would be lost.
        flash = FlashWitness(history_of(self.board.flash, self.board.events))
        flash.after(flash.count)
        with hurried or nullcontext():
            return Account(self._evidence(flash, speed or self._scale))

    def _evidence(self, flash, speed):
        board, options = self.board, self.board.options
        return Evidence(
            self.config.typed,
            board.truth,
            board.accesses,
            board.events,
            flash,
            self.tables(),
            board.lines,
            sorted(each for service in self.services for each in service.store.answers),
            self.service.sntp_server.answered_us,
            self.service.faults.strikes,
            self.standstill,
            speed,
            max(abs(options.drift_ppm), abs(options.drift_asleep_ppm)),
            options.access_points,
            self._deployed_us,
            list(hindrances_us(self.services)),
            usual_of(self.config.typed, boards.load(self.board_name)),
        )


def _port(place):
    return int(place.rpartition(":")[2])


def _changed(config, changes):
    """Return the configuration with changed sections: tables by key, lists as a whole."""
    result = dict(config)
    for section, change in changes.items():
        both = isinstance(change, dict) and isinstance(result.get(section), dict)
        result[section] = result[section] | change if both else change
    return result
