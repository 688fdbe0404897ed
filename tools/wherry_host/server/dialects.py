"""All dialects of one server, and what a client must know to speak each of them.

The profile tells the vendor's cloud from the open-source server, which has one harbor and no id
for it in its paths.
"""

from wherry_host.server.accounts import HERE_DEVICE, HERE_TRACKING_ID, SENSOCAN_DEVICE
from wherry_host.server.harbor import Harbor
from wherry_host.server.harbor_v1 import HarborV1
from wherry_host.server.here import Here
from wherry_host.server.sensocan import SensoCan

PROFILES = ("cloud", "oss")


class Dialects:
    """harbor, harbor_v1, sensocan and here, for `accounts` (see accounts.Accounts).

    `limits` are keyword arguments of Harbor, `switches` {api: keyword arguments}.
    """

    def __init__(self, accounts, profile, limits, switches):
        if profile not in PROFILES:
            raise ValueError(f"profile {profile!r}: give one of {', '.join(PROFILES)}")
        self._accounts = accounts
        self._ids = profile == "cloud"
        harbor_id = accounts.harbor_id
        self.harbor = Harbor(
            {harbor_id: accounts.api_key}, profile, **limits, **switches.get("harbor_v2", {})
        )
        self.harbor_v1 = HarborV1(
            {harbor_id: accounts.v1_api_key}, profile, **switches.get("harbor_v1", {})
        )
        self.sensocan = SensoCan(accounts.sensocan_devices(), **switches.get("sensocan", {}))
        self.here = Here(
            accounts.here_devices(), accounts.here_user_token, **switches.get("here", {})
        )

    def all(self):
        """Return the dialects; the first one answers for paths of none."""
        return [self.harbor, self.harbor_v1, self.sensocan, self.here]

    def harbor_endpoint(self, url):
        """Return the whole single-point URL of Harbor v2."""
        return f"{url}/api/v2/ingest" + (f"/{self._accounts.harbor_id}" if self._ids else "")

    def summary(self, url):
        """Return what a client of each further dialect must know, by the dialect's name."""
        accounts = self._accounts
        v1 = f"/ingest/{accounts.harbor_id}" if self._ids else ""
        (device,) = self.sensocan.devices.values()
        return {
            "harbor_v1": {"endpoint": f"{url}/api/v1/ingest{v1}", "api_key": accounts.v1_api_key},
            "sensocan": {
                "url": f"{url}/api/v1",
                "device_uuid": SENSOCAN_DEVICE,
                "token": accounts.sensocan_token,
                "sensors": dict(device.sensors),
            },
            "here": {
                "url": url,
                "device_id": HERE_DEVICE,
                "device_secret": accounts.here_secret,
                "tracking_id": HERE_TRACKING_ID,
                "user_token": accounts.here_user_token,
            },
        }
