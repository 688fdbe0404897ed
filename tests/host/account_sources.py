"""The sources of an account: a whole run that balances, for tests to plant faults in."""

from wherry.health_channels import CHANNELS as HEALTH
from wherry_host.account import Account
from wherry_host.measured import Channels
from wherry_host.owner.kept import Kept, Progress, Reading
from wherry_host.uplink_tables import Table

T0_US = 1_795_000_000_000_000
S_US = 1_000_000
CHANNELS = Channels(
    {
        ("bme280", "temperature"): ("temperature", 0.01),
        ("host", "load"): ("load", 0.01),
        ("battery", "battery_voltage"): ("battery_voltage", 0.001),
        ("lis3dh", "acceleration_x"): ("acceleration_x", 0.001),
    }
)
ROW_COUNT = 10


class Sources:
    """Those of a run of ten rows of three readings and one row of health, all delivered."""

    def __init__(self):
        self.truth, self.points, self.lines, self.ends_us = [], [], [], []
        self.progress = Progress(cursor=(ROW_COUNT + 1, 0))
        self.kept = Kept(uplinks={"harbor": self.progress})
        for row in range(ROW_COUNT):
            self._measure(row, T0_US + row * S_US)
        time_us = T0_US + ROW_COUNT * S_US
        self._keep(ROW_COUNT, time_us, [(name, float(i)) for i, (name, _, _) in enumerate(HEALTH)])
        self.ends_us.append(time_us + S_US)

    def _measure(self, row, time_us):
        def log(device, channel, value, later_us=0):
            entry = {"device": device, "channel": channel, "value": value}
            self.truth.append({"time_us": time_us + later_us, **entry})

        # The load stands still, as it may on a computer that is idle.
        log("bme280", "temperature", 20 + row / 10)
        log("host", "load", 0.5)
        for i in range(8):
            log("battery", "battery_mv", 4000 - row, 100 * i)
        values = [("temperature", 20 + row / 10), ("load", 0.5)]
        self._keep(row, time_us + 2000, [*values, ("battery_voltage", 4 - row / 1000)])

    def _keep(self, row, stamp_us, values):
        for index, (channel, value) in enumerate(values):
            self.kept.readings.append(Reading(row, index, channel, stamp_us, value))
            self.points.append((channel, stamp_us, value))
        self.lines.append((stamp_us + 20_000, f"1.000 row {row}: {len(values)} readings"))

    def samples(self, speed=1):
        return CHANNELS.samples(self.truth, self.ends_us, speed)

    def flash(self):
        return self.lines, self.ends_us, self.kept

    def account(self, speed=1):
        table = Table("harbor", [(*point, 0, 0) for point in self.points])
        return Account(self.samples(speed), [table], *self.flash(), speed=speed)

    def forget_row(self, row, flash=True, table=True, line=False):
        stamps = {reading.stamp_us for reading in self.kept.readings if reading.row == row}
        if table:
            self.points = [point for point in self.points if point[1] not in stamps]
        if flash:
            self.kept.readings = [each for each in self.kept.readings if each.row != row]
        if line:
            self.lines = [entry for entry in self.lines if f" row {row}:" not in entry[1]]


def objections(sources, *words):
    """Return the account of sources that must not balance, for a reason with these words."""
    account = sources.account()
    assert not account.balances
    assert any(all(word in text for word in words) for text in account.problems), account.problems
    return account
