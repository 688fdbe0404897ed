"""The accounts that the local server knows: one harbor, one SensoCan device, one HERE device.

Ids look as the vendors' own do; keys and tokens are made anew each time, unless given.
"""

import secrets
from dataclasses import dataclass, field

from wherry_host.server.here_tokens import HereDevice
from wherry_host.server.sensocan import Device

HARBOR_ID = "1042"
SENSOCAN_DEVICE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
# A slug for each channel of a virtual board's sensors and of its node; more may be given.
SENSOCAN_SLUGS = (
    "temperature", "humidity", "pressure", "battery_voltage", "free_heap", "latitude",
    "longitude", "load", "cpu_temperature", "free_memory", "acceleration_x", "acceleration_y",
    "acceleration_z", "altitude", "speed", "heading", "satellites", "accuracy",
    "node_boots", "node_reset_cause", "node_row", "node_sampled", "node_delivered",
    "node_waiting", "node_set_aside", "node_dropped", "node_thinned", "node_damaged", "node_gaps",
    "node_sensor_errors", "node_crashes", "node_clock_error_ms", "node_rssi", "node_denied",
)  # fmt: skip
HERE_DEVICE = "47164fb0-b7b3-49e8-891b-650270b82cf2"
HERE_TRACKING_ID = "HERE-7d6c5b4a-1f2e-4d3c-9b8a-0a1b2c3d4e5f"


def _key():
    return secrets.token_urlsafe(24)


@dataclass
class Accounts:
    """Keys and tokens of every dialect; `slugs` are the SensoCan device's sensors."""

    harbor_id: str = HARBOR_ID
    api_key: str = field(default_factory=_key)
    v1_api_key: str = field(default_factory=_key)
    sensocan_token: str = field(default_factory=_key)
    # A HERE device's secret has 43 characters of this alphabet.
    here_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    here_user_token: str = field(default_factory=_key)
    slugs: tuple = SENSOCAN_SLUGS

    def secrets(self):
        """Return what no log may hold."""
        return [
            self.api_key, self.v1_api_key, self.sensocan_token, self.here_secret,
            self.here_user_token,
        ]  # fmt: skip

    def sensocan_devices(self):
        """Return {uuid: Device}."""
        sensors = {slug: f"7a8b9c0d-1234-5678-90ab-{n:012x}" for n, slug in enumerate(self.slugs)}
        return {SENSOCAN_DEVICE: Device(self.sensocan_token, sensors)}

    def here_devices(self):
        """Return {device id: HereDevice}."""
        return {HERE_DEVICE: HereDevice(self.here_secret, HERE_TRACKING_ID)}
