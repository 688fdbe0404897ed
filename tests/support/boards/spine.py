"""The rig of the end-to-end tests, with distinct secrets and a search of its console.

Every `Spine` proves when it ends that no secret ever reached its board's console.
"""

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import asdict

from wherry_host.config import config_file
from wherry_host.config.boards import VIRTUAL
from wherry_host.config.toml_text import toml_text
from wherry_host.console_text import row_lines
from wherry_host.demo.rig import Rig
from wherry_host.server.certs import Authority
from wherry_host.server.dialects.harbor import Account
from wherry_host.server.service import Service
from wherry_host.virtual.image import Image
from wherry_host.virtual.options import ACCESS_POINT

PASSWORD = "hush of the harbour"
API_KEY = "k3y-that-stays-at-home"
ACCOUNTS = {"harbor": Account(api_key=API_KEY)}
PATH = "/api/v2/ingest/1042"
_DELIVERED = re.compile(r"delivered \d+, (\d+) waiting")


class Spine(Rig):
    """Inside `with` the node is deployed and the board is off; `start` powers it.

    `changes` are sections of the configuration; `server` and the rest are as in Rig. With `port`
    the node uses that port of this machine instead of the server's own; `changes` may have more
    keys of this uplink.
    """

    def __init__(
        self,
        folder,
        scale=10.0,
        changes=None,
        port=None,
        server=None,
        board=None,
        board_name=VIRTUAL,
    ):
        authority = Authority()
        server = {"authority": authority, "accounts": ACCOUNTS, **(server or {})}
        ca = folder / "ca.pem"
        ca.write_bytes(server["authority"].pem)
        access = {"ssid": ACCESS_POINT["ssid"], "password": PASSWORD}
        config = {
            "wifi": [access],
            "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
            **(changes or {}),
        }
        if port:
            endpoint = f"https://localhost:{port}{PATH}"
            uplink = {"kind": "harbor", "endpoint": endpoint, "api_key": API_KEY, "ca": str(ca)}
            config["uplink"] = [uplink | each for each in config.get("uplink", [{}])]
        points = [{**ACCESS_POINT, **access}]
        board = {"boot_ms": 50, "access_points": points, **(board or {})}
        super().__init__(
            folder,
            scale,
            config=config,
            db=folder / "points.db",
            server=server,
            board=board,
            board_name=board_name,
        )

    def __enter__(self):
        super().__enter__()
        self.mender = None
        try:
            self.deploy_image()
        except BaseException:
            # Its server would prevent the tests from ending.
            super().__exit__()
            raise
        return self

    def __exit__(self, *error):
        if self.mender:
            self.mender.stop()
        super().__exit__(*error)
        check_console(self.board.console)

    def reconfigure(self, raw):
        """Give the board, which is off, another configuration in its current slot."""
        path = self.folder / "node.toml"
        path.write_text(toml_text(raw))
        self.config = config_file.load(path)
        self.put("/a.app", self.plan().slot(self.board.options.mac))

    def start(self):
        """Apply power."""
        self.board.start()
        return self

    def lost_us(self, begin_us, end_us):
        """Return for how many us of a span this computer did not run the board."""
        return self.standstill.total_us(begin_us, end_us)

    def mend(self, listener):
        """Replace a listener with a good server that has the rig's key and authority."""
        listener.stop()
        given = {"authority": self.service.authority, "accounts": ACCOUNTS, "port": listener.port}
        self.mender = Service(db=self._db, clock_file=self.clock.path, **given).start()
        self.services.append(self.mender)

    def refuse_battery(self, odd_mv):
        """Have the server refuse a voltage that the board measures; wait for the node's report."""
        value = odd_mv / 1000
        self.service.set_faults({"kind": "poison", "channel": "battery_voltage", "value": value})
        self.board.battery(odd_mv)
        self.wait("harbor: refused")
        self.board.battery(4050)

    # The console

    def wait(self, pattern, timeout_s=30, since=0):
        """Wait for a line; return (true Unix us, match). The timeout is in host seconds."""
        return self.board.wait_line(pattern, timeout_s, since)

    def mark(self):
        """Return the index of the next line, for `since`."""
        return len(self.board.lines)

    def rows(self, lines=None):
        """Return [(true Unix us, row, readings)] of the rows whose append returned."""
        lines = self.board.lines if lines is None else lines
        return list(row_lines(lines))

    def drained(self, timeout_s=60):
        """Wait until the node reports that no row printed before still waits.

        Rows that were added later may wait: a fast node at this speed always has some waiting.
        """
        last = max((number for _, number, _ in self.rows()), default=-1)
        since, end_s = self.mark(), time.monotonic() + timeout_s
        while True:
            self.wait(_DELIVERED.pattern, end_s - time.monotonic(), since)
            found = [i for i in range(since, self.mark()) if _DELIVERED.search(self._text(i))]
            for i in found:
                rows = self.rows(self.board.lines[:i])
                later = sum(count for _, number, count in rows if number > last)
                if int(_DELIVERED.search(self._text(i))[1]) <= later:
                    return
            since = found[-1] + 1

    def _text(self, index):
        return self.board.lines[index][1]

    # The server

    def stored(self):
        """Return the table as {(channel, time_us): (value, copies)}."""
        with closing(sqlite3.connect(self._db)) as db:
            found = db.execute("SELECT channel, time_us, value, copies FROM points").fetchall()
        return {(channel, time_us): (value, copies) for channel, time_us, value, copies in found}

    def requests(self):
        """Return the server's log of requests, the oldest first."""
        return self.service.store.requests(1000)[::-1]

    def copies(self):
        """Return the count of repeated points."""
        return sum(copies for _, copies in self.stored().values())

    def judged(self):
        """Cut the power and return the Account, which must balance."""
        account = self.account()
        assert account.problems == [], (account.problems[:9], self.errors())
        return account

    def settled(self):
        """Cut the power and return the counts of the account, which must balance."""
        return asdict(self.judged().counts)

    # The flash of a board that is off

    def files(self, folder):
        """Return {name inside the folder: bytes}."""
        with Image(self.board.flash) as image:
            names = [name for name in image.files() if name.startswith(folder)]
            return {name.removeprefix(folder): image.read(name) for name in names}

    def put(self, name, content):
        """Write a file."""
        with Image(self.board.flash) as image:
            image.write(name, content)


def check_console(console):
    """Check that no part of a secret's text was printed."""
    for secret in (PASSWORD, API_KEY):
        for form in (secret.encode(), secret.encode().hex().encode()):
            assert form not in console, "a secret was printed"
