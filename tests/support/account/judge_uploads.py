"""The evidence of a long run that balances: a node that uploads every 5 s for two minutes."""

from support.account.judge_sources import HEALTH, S_US, T0_US, Sources
from wherry_host.account.flash import Ledger

EVERY_S = 5
UPLOAD_COUNT = 24


class Uploads(Sources):
    """Sources of a sensor that is read once a second; uploads at the times of `upload_us`.

    `sends(i)` is True if upload i is made, `keeps(i)` if a row of the node's own channels is kept
    for it; `reports(i, readings, waiting)` returns the two counts in the console's line about it.
    """

    def __init__(
        self, sends=lambda i: True, keeps=lambda i: True, reports=lambda i, *counts: counts
    ):
        super().__init__()
        self.typed["node"]["send_every_ms"] = EVERY_S * 1000
        self.typed["sensor"] = [each for each in self.typed["sensor"] if each["driver"] == "host"]
        self.truth, self.points, self.rows, self.lines, self.answers = [], [], {}, [], []
        self.ledgers = {"harbor": Ledger()}
        self.events[-1]["time_us"] = upload_us(UPLOAD_COUNT - 1) + 400_000
        self._reports = reports
        self._sent = 0
        for i in range(UPLOAD_COUNT):
            for second in range(EVERY_S):
                self.measure_load(T0_US + (i * EVERY_S + second) * S_US)
            if keeps(i):
                self.keep_own(upload_us(i) - 50_000)
            if sends(i):
                self.upload(i)

    def measure_load(self, time_us):
        """Log a measurement of the load, and keep it as a row."""
        entry = {"device": "host", "channel": "load", "value": 0.5}
        self.truth.append({"time_us": time_us, **entry})
        self.keep(len(self.rows), time_us + 2000, [("load", 0.5)])

    def keep_own(self, time_us):
        """Keep a row of the node's own channels."""
        sampled = sum(map(len, self.rows.values()))
        own = {"row": len(self.rows), "sampled": sampled, "delivered": self._sent}
        values = HEALTH | own | {"waiting": sampled - self._sent}
        named = [("node_" + name, float(value)) for name, value in values.items()]
        self.keep(len(self.rows), time_us, named)

    def upload(self, i):
        """Deliver all waiting readings to the server, and print the line."""
        received_us, row = upload_us(i), len(self.rows)
        self.answers.append((received_us, "harbor_v2", 202))
        count = len(self.points) - self._sent
        self.points[self._sent :] = [
            (*point, 0, received_us) for point in self.points[self._sent :]
        ]
        self._sent += count
        ledger = Ledger(row, 0, delivered=self._sent)
        self.changes.append(
            (received_us + 1000, lambda flash: flash.ledgers.update(harbor=ledger))
        )
        reported = self._reports(i, count, 0)
        if reported:
            text = "1.000 harbor: delivered {}, {} waiting".format(*reported)
            self.lines.append((received_us + 20_000, text))

    def tables(self):
        self.points = self.points[: self._sent]
        return super().tables()


def upload_us(i):
    """Return the time when the server receives upload i, in Unix us."""
    return T0_US + (i + 1) * EVERY_S * S_US - S_US // 2
