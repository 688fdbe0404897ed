"""A node with a HERE uplink and a server, for tests of lib/."""

from support.uplinks.here_server import DEVICE, SECRET, HereServer
from support.uplinks.rig import BEGIN_S, Rig
from wherry.rows.frame import MS
from wherry.sending.begin import begin
from wherry.sending.session.session_upload import SessionUpload
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here import options as here_options

NOW_S = BEGIN_S
ENV = (("temperature", "°C", 2), ('hum"idity', "%", 1), ("battery", "%", 1))
GPS = (
    ("latitude", "°", 6), ("longitude", "°", 6), ("altitude", "m", 1), ("speed", "m/s", 2),
    ("heading", "°", 1), ("satellites", "", 0), ("accuracy", "m", 1),
)  # fmt: skip


def settings(**changes):
    """Return the typed options of a checked configuration, with `changes`."""
    options = {}
    for key in here_options.OPTIONS:
        option = here_options.OPTIONS[key]
        options[key + "_ms" if option[0] == "duration" else key] = option[1]
    options.update(device_id=DEVICE, device_secret=SECRET, name="node-1")
    options.update(changes)
    wrong = []
    here_options.complete(options, lambda *error: wrong.append(error))
    assert not wrong, wrong
    return options


class HereRig(Rig):
    """A node with a queue at `now_s` of its own clock, and a server with the right time."""

    def __init__(self, channels=ENV, off_s=0, **changes):
        date = lambda flags, boot, s, ms: (s, ms)  # noqa: E731
        super().__init__(
            "here", here, settings(**changes), channels, True, SessionUpload, (), date
        )
        self.now_s = NOW_S
        self.server = HereServer(NOW_S + off_s)
        self.session = self.upload.session

    def add(self, age_s, values, ms=250):
        """Queue a row that is `age_s` old; a value of None means that a channel has no reading."""
        mask = sum([1 << i for i, value in enumerate(values) if value is not None])
        taken = [value for value in values if value is not None]
        self.queue.append(MS, 0, self.now_s - age_s, ms, mask, taken)

    def add_old(self, row_count, every_s=60):
        for i in range(row_count):
            self.add(every_s * (row_count - i) + 100, [2000 + i, -i, 500])

    def step(self):
        """Return the Outcome of one step."""
        self.session.now = self.now_s, 500
        begin(self.upload, 0)
        self.server.paths.clear()
        return super().step()

    def sent(self):
        return len(self.server.points)
