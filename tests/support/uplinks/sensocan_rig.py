"""A queue and its SensoCan uplink, set up by a configuration."""

import json

from support.node.texts import stamp_text
from support.uplinks.rig import BEGIN_S, Rig
from support.uplinks.sensocan_server import BASE, DEVICE, TOKEN, SensocanServer
from wherry.config.check import check
from wherry.sending.batch.selection import Selection
from wherry.sending.selected_upload import SelectedUpload
from wherry.uplinks.sensocan import dialect as sensocan

AIR = "7a8b9c0d-1234-5678-90ab-cdef12345678"
RAIN = "7A8B9C0D-1234-5678-90AB-CDEF12345679"
# The names of the sensors at the server: one is a UUID, and the others are slugs.
CHANNELS = (
    (AIR, "°C", 2), ("humidity_sensor", "%", 1), ("battery_voltage", "V", 3), ("node_rssi", "", 0),
)  # fmt: skip
SENSORS = {
    "temp_01": AIR, "humidity_sensor": AIR[:-1] + "a", "battery_voltage": AIR[:-1] + "b",
    "rain": RAIN,
}  # fmt: skip
SETTINGS = {
    "name": "n", "endpoint": BASE, "device_uuid": DEVICE, "token": TOKEN,
    "battery": "battery_voltage", "on_doubt": "resend",
}  # fmt: skip
NOW_S = 848_500_000


class SensocanRig(Rig):
    """A queue with an uplink to a server that knows all its sensors."""

    def __init__(self, channels=CHANNELS, choose=None, ms=False, settings=SETTINGS):
        self.selection = choose or Selection("sensors", {})
        more = (self.selection or Selection("all", {}),)
        super().__init__("sensocan", sensocan, settings, channels, ms, SelectedUpload, more)
        self.server = SensocanServer(SENSORS)
        self.session = self.upload.session
        self.session.now = (NOW_S, 0)
        self.rows = 0

    def add(self, mask, *values):
        s = BEGIN_S + 60 * self.rows
        self.rows += 1
        self.queue.append(0, 0, s, 0, mask, list(values))
        return stamp_text(s)

    def request(self):
        """Return (the next request, its body without trailing spaces)."""
        request = sensocan.next_request(SETTINGS, self.session, self.upload.batch)
        text = b"".join([bytes(piece) for piece in request.body])
        assert len(text) == request.body_size
        return request, text.decode().rstrip(" ")


NODE = """{"wifi": [{"ssid": "garden"}], "sensor": [{"driver": "bme280"}, {"driver": "battery"}],
 "uplink": [{"kind": "sensocan", "token": "t0ken",
 "device_uuid": "a1b2c3d4-e5f6-7890-abcd-ef1234567890"}]}"""


def settled(**changes):
    """Return the typed uplink of a plain node with some keys changed."""
    raw = json.loads(NODE)
    raw["uplink"][0].update(changes)
    return check(raw)["uplink"][0]
