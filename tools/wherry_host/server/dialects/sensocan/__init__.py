"""SensoCan's HTTP API."""

import re
from dataclasses import dataclass, field

from wherry_host.server.dialect import STORED, Dialect, new_key
from wherry_host.server.dialects.sensocan.readings import Device, SensoCan

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: An id in the form of the vendor's ids.
DEVICE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
#: A slug for each channel of a virtual board's sensors and of its node; others may be passed.
SLUGS = (
    "temperature", "humidity", "pressure", "battery_voltage", "free_heap", "latitude",
    "longitude", "load", "cpu_temperature", "free_memory", "acceleration_x", "acceleration_y",
    "acceleration_z", "altitude", "speed", "heading", "satellites", "accuracy",
    "node_boots", "node_reset_cause", "node_row", "node_sampled", "node_delivered",
    "node_waiting", "node_set_aside", "node_dropped", "node_thinned", "node_damaged", "node_gaps",
    "node_sensor_errors", "node_crashes", "node_clock_error_ms", "node_rssi", "node_denied",
    "node_clock_uncertainty_ms", "node_mah", "node_days_left",
)  # fmt: skip


@dataclass
class Account:
    """One device, whose sensors are `slugs`; `uuids` are those that have a given UUID."""

    token: str = field(default_factory=new_key)
    slugs: tuple = SLUGS
    uuids: dict = field(default_factory=dict)

    def secrets(self):
        """Return the strings that must not be in a log."""
        return [self.token]

    def sensors(self):
        """Return {slug: UUID} of the device's sensors."""
        made = {slug: f"7a8b9c0d-1234-5678-90ab-{n:012x}" for n, slug in enumerate(self.slugs)}
        return made | self.uuids

    def devices(self):
        """Return {UUID: Device}."""
        return {DEVICE: Device(self.token, self.sensors())}

    def summary(self, url, profile):
        """Return the API's address, the device, its token, and its sensors as {slug: UUID}."""
        return {
            "url": f"{url}/api/v1",
            "device_uuid": DEVICE,
            "token": self.token,
            "sensors": self.sensors(),
        }


def _serve(account, profile, **switches):
    return SensoCan(account.devices(), **switches)


def _section(summary, channels):
    """Return the section; channels are named by their sensors' UUIDs, the node's own by slugs."""
    uuids = summary["sensors"]
    return {
        "kind": "sensocan",
        "endpoint": summary["url"],
        "device_uuid": summary["device_uuid"],
        "token": summary["token"],
        "names": {name: uuids[name] for name in channels if name in uuids},
    }


def _device(uplink, node, account):
    return uplink["device_uuid"]


def _renamed(account):
    # The table has the slug, whether the sensor was sent by its slug or by its UUID.
    return {uuid: slug for slug, uuid in account.sensors().items()}


def _adopt(account, names):
    # A sensor is named by its UUID or by its slug.
    uuids = [name for name in names if _UUID.fullmatch(name)]
    account.uuids |= {f"sensor-{uuid}": uuid for uuid in uuids}
    known = {*uuids, *account.slugs}
    account.slugs = (*account.slugs, *(name for name in names if name not in known))


DIALECT = Dialect(
    "SensoCan",
    "sensocan",
    (SensoCan.name,),
    Account,
    _serve,
    _section,
    device=_device,
    renamed=_renamed,
    adopt=_adopt,
    on_repeat=STORED,
)
