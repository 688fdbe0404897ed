"""HERE Tracking v2, the API for devices."""

import secrets
from dataclasses import dataclass, field

from wherry_host.server.dialect import SHOWN, Dialect, new_key
from wherry_host.server.dialects.here.tokens import HereDevice
from wherry_host.server.dialects.here.tracking import Here

#: An id in the form of the vendor's ids.
DEVICE = "47164fb0-b7b3-49e8-891b-650270b82cf2"
TRACKING_ID = "HERE-7d6c5b4a-1f2e-4d3c-9b8a-0a1b2c3d4e5f"


def _new_secret():
    # A device's secret has 43 characters of this alphabet.
    return secrets.token_urlsafe(32)


@dataclass
class Account:
    """One device with a licence, and its owner."""

    device_secret: str = field(default_factory=_new_secret)
    user_token: str = field(default_factory=new_key)

    def secrets(self):
        """Return the strings that must not be in a log."""
        return [self.device_secret, self.user_token]

    def devices(self):
        """Return {device id: HereDevice}."""
        return {DEVICE: HereDevice(self.device_secret, TRACKING_ID)}

    def summary(self, url, profile):
        """Return the server's address, the device's ids and secret, and the owner's token."""
        return {
            "url": url,
            "device_id": DEVICE,
            "device_secret": self.device_secret,
            "tracking_id": TRACKING_ID,
            "user_token": self.user_token,
        }


def _serve(account, profile, **switches):
    return Here(account.devices(), account.user_token, **switches)


def _section(summary, channels):
    return {
        "kind": "here",
        "endpoint": summary["url"],
        "device_id": summary["device_id"],
        "device_secret": summary["device_secret"],
    }


def _device(uplink, node, account):
    known = account.devices().get(uplink["device_id"])
    return known and known.tracking_id


DIALECT = Dialect(
    "HERE Tracking",
    "here",
    (Here.name,),
    Account,
    _serve,
    _section,
    device=_device,
    on_repeat=SHOWN,
)
