"""The evidence of a complete run that balances, for tests to plant faults in."""

from dataclasses import replace

from wherry_host.account.account import Account
from wherry_host.account.evidence import Evidence
from wherry_host.account.flash import Flash, Ledger, Reading
from wherry_host.account.gaps import Gaps
from wherry_host.account.uplink_tables import Table

T0_US = 1_795_000_000_000_000
S_US = 1_000_000
ROW_COUNT = 10
LAST_US = T0_US + ROW_COUNT * S_US
HEALTH = {
    "boots": 1, "reset_cause": 1, "row": ROW_COUNT, "sampled": 3 * ROW_COUNT, "delivered": 0,
    "waiting": 3 * ROW_COUNT, "set_aside": 0, "dropped": 0, "thinned": 0, "damaged": 0, "gaps": 0,
    "sensor_errors": 0, "crashes": 0, "clock_error_ms": 0, "rssi": -61, "denied": 0,
    "clock_uncertainty_ms": 30,
}  # fmt: skip
LOST = "lost: neither at the server nor in flash"
POINT = {"ssid": "garden", "password": "beans"}
ALL_COUNT = 3 * ROW_COUNT + len(HEALTH)
CHANNELS = {
    "bme280": [("temperature", "°C", 2)],
    "host": [("load", "", 2)],
    "battery": [("battery_voltage", "V", 3)],
}


class FlashOfOperations:
    """A flash witness: `operations` are (time_us, function that changes a Flash)."""

    def __init__(self, operations, ledgers, gaps):
        self._operations = sorted(operations, key=lambda each: each[0])
        self._ledgers, self._gaps = ledgers, gaps
        self.count = len(operations)

    def count_at(self, time_us):
        return sum(each[0] <= time_us for each in self._operations)

    def at(self, time_us):
        return self.after(self.count_at(time_us))

    def after(self, count):
        flash = Flash(ledgers=dict(self._ledgers), gaps=self._gaps)
        for _, change in self._operations[:count]:
            change(flash)
        return flash


class Sources:
    """Sources of ten rows of three readings and a row of health, all delivered; then a cut."""

    def __init__(self):
        self.typed = {
            "node": {
                "sample_every_ms": 1000,
                "send_every_ms": 12_000,
                "stamps": "ms",
                "durability": "row",
                "queue_size_max": None,
            },
            "time": {"undated": "estimate"},
            "power": {"source": "mains"},
            "wifi": [POINT],
            "uplink": [{"kind": "harbor", "label": "harbor"}],
            "sensor": [
                {"driver": driver, "channels": names} for driver, names in CHANNELS.items()
            ],
        }
        self.truth, self.accesses, self.lines, self.answers, self.strikes = [], [], [], [], []
        self.syncs_us = [T0_US - S_US // 2]
        self.events = [
            {"event": "boot", "time_us": T0_US - S_US, "cause": 1, "prompt": False},
            {"event": "cut", "time_us": LAST_US + S_US // 2},
        ]
        self.rows, self.gaps = {}, Gaps()
        self.changes, self.hindrances = [], []
        # The readings that the server has refused alone.
        self.refused = []
        self.points = []
        for row in range(ROW_COUNT):
            self.measure(row, T0_US + row * S_US)
        values = [("node_" + name, float(value)) for name, value in HEALTH.items()]
        self.keep(ROW_COUNT, LAST_US, values)
        received_us = LAST_US + 100_000
        self.answers.append((received_us, "harbor_v2", 202))
        self.points = [(*point, 0, received_us) for point in self.points]
        self.ledgers = {"harbor": Ledger(ROW_COUNT + 1, 0, delivered=ALL_COUNT)}
        self.lines.append((received_us, f"1.000 harbor: delivered {ALL_COUNT}, 0 waiting"))

    def measure(self, row, time_us):
        """Log a measurement of all sensors, and keep it as a row."""

        def log(device, channel, value, later_us=0):
            entry = {"device": device, "channel": channel, "value": value}
            self.truth.append({"time_us": time_us + later_us, **entry})

        # The load is constant, as it may be on an idle computer.
        log("bme280", "temperature", 20 + row / 10)
        log("host", "load", 0.5)
        for i in range(8):
            log("battery", "battery_mv", 4000 - 10 * row, 100 * i)
        values = [
            ("temperature", 20 + row / 10),
            ("load", 0.5),
            ("battery_voltage", 4 - row / 100),
        ]
        self.keep(row, time_us + 2000, values)

    def keep(self, row, stamp_us, values):
        """Put a row into the flash and the table, and on the console."""
        self.rows[row] = [
            Reading(row, index, channel, value, stamp_us)
            for index, (channel, value) in enumerate(values)
        ]
        self.points += [(channel, stamp_us, value) for channel, value in values]
        self.lines.append((stamp_us + 20_000, f"1.000 row {row}: {len(values)} readings"))

    def forget_row(self, row, flash=True, table=True, line=True):
        """Remove a row from the flash (as if never written), the table and the console."""
        stamps = {reading.stamp_us for reading in self.rows[row]}
        if table:
            self.points = [point for point in self.points if point[1] not in stamps]
        if flash:
            del self.rows[row]
        if line:
            self.lines = [entry for entry in self.lines if f" row {row}:" not in entry[1]]

    def remove_row(self, row, time_us, **state):
        """Remove a row from the flash at `time_us`; set attributes of the Flash just before it."""

        def change(flash):
            vars(flash).update(state)

        def remove(flash):
            flash.readings = [each for each in flash.readings if each.row != row]

        self.changes += [(time_us - 1, change), (time_us, remove)]

    def said(self, **counts):
        """Set counts of the ledger, and print them in the console's last line."""
        self.ledgers["harbor"] = self.ledgers["harbor"]._replace(**counts)
        delivered, waiting = self.ledgers["harbor"].delivered, self.waiting("harbor")
        text = f"1.000 harbor: delivered {delivered}, {waiting} waiting"
        self.lines[-1] = (self.lines[-1][0], text)

    def set_health(self, **values):
        """Set other values in the row of health."""
        for name, value in values.items():
            index = list(HEALTH).index(name)
            self.rows[ROW_COUNT][index].value = float(value)
            i = [point[0] for point in self.points].index("node_" + name)
            self.points[i] = (*self.points[i][:2], float(value), *self.points[i][3:])

    def drop_points(self, reading):
        """Remove a reading from the server's table."""
        place = reading.channel, reading.stamp_us
        self.points = [point for point in self.points if point[:2] != place]

    def end(self, kind, end_us, later_us=300_000, **what):
        """Let the program end in an event of a kind, and start again."""
        cause = 1 if kind == "cut" else 2
        boot = {"event": "boot", "time_us": end_us + later_us, "cause": cause, "prompt": False}
        self.events += [{"event": kind, "time_us": end_us, **what}, boot]
        self.set_health(**({"boots": 2} if kind == "cut" else {"reset_cause": 2, "crashes": 1}))

    def waiting(self, label):
        """Return the count of readings of all channels in flash that wait for an uplink."""
        readings = [each for row in self.rows.values() for each in row]
        return sum((each.row, each.index) >= self.ledgers[label][:2] for each in readings)

    def operations(self):
        def added(readings):
            return lambda flash: flash.readings.extend(map(replace, readings))

        # A row is in flash before its line is printed.
        rows = [((readings[0].stamp_us or T0_US) + 10_000, readings)
                for readings in self.rows.values()]  # fmt: skip
        return [(time_us, added(readings)) for time_us, readings in rows] + self.changes

    def tables(self):
        refused = {(each.channel, each.stamp_us) for each in self.refused}
        return [Table("harbor", sorted(self.points), refused=refused, api="harbor_v2")]

    def evidence(self):
        return Evidence(
            self.typed,
            sorted(self.truth, key=lambda entry: entry["time_us"]),
            self.accesses,
            sorted(self.events, key=lambda event: event["time_us"]),
            FlashOfOperations(self.operations(), self.ledgers, self.gaps),
            self.tables(),
            self.lines,
            self.answers,
            self.syncs_us,
            self.strikes,
            access_points=[{**POINT, "rssi": -61}],
            deployed_us=T0_US - S_US,
            hindrances=self.hindrances,
        )

    def account(self):
        return Account(self.evidence())


def objections(sources, *words):
    """Return the account of sources that must not balance; a problem must contain all `words`."""
    account = sources.account()
    assert not account.balances
    assert any(all(word in text for word in words) for text in account.problems), account.problems
    return account


def balanced(sources, **counts):
    """Return the account of sources, which must balance and have these counts."""
    account = sources.account()
    assert account.problems == []
    found = vars(account.counts)
    assert {name: found[name] for name in counts} == counts
    return account
