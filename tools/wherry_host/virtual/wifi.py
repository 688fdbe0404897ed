"""The ESP32's station: states, codes, errors and times as network.WLAN reports them.

The times are from an emulated chip: 1.05 s to join with DHCP, 30-90 ms with a static address, 2.5
s to find that there is no access point, about 12 s to detect that it has vanished.
"""

import random

from wherry_host.virtual import access_point

_IDLE, _CONNECTING, _GOT_IP = 1000, 1001, 1010
_BEACON_TIMEOUT, _NO_AP_FOUND, _WRONG_PASSWORD = 200, 201, 202
_START_MS, _SCAN_MS = 500, 2500
# DHCP's duration after a live connection was ended, which is 0 to 1 s on the emulated chip.
_DHCP_STOP_US = 500_000
_DHCP_US, _NO_AP_US, _WRONG_PASSWORD_US, _MISSED_US = 1_050_000, 2_500_000, 2_800_000, 12_000_000
_UNSET = ("0.0.0.0",) * 4


class WifiError(Exception):
    """An error of the driver that is raised as an OSError with a message."""


class UnknownWifiError(WifiError):
    """An error of the driver that MicroPython raises as a RuntimeError."""


class Wifi:
    """The station and the access points around it; `regs` gets the frequently read states."""

    def __init__(self, regs, access_points, device_id, seed):
        self._regs = regs
        self.access_points = access_points
        self.up = self.uplink = True
        self._mac = device_id
        self._random = random.Random(seed)
        self._join_count = 0
        self.reset()

    def reset(self):
        """Switch the radio off, as every reset except a soft reset does."""
        self._active = False
        self._settings = {"reconnects": -1, "pm": 1, "txpower": 20.0, "hostname": "mpy-esp32"}
        self._sta = {"ssid": "", "key": "", "bssid": None}
        self._static = None
        self._dns = None
        self._dhcp_end_us = 0
        self._stop()
        self._code = 0  # last failure; only a new address clears it

    def _stop(self):
        self._phase = "idle"
        self._due_us = None
        self._joined = None
        self._code = 0
        self._show()

    @property
    def radio(self):
        """The state of the radio: "off", "join" while it is not joined, or "on"."""
        if not self._active:
            return "off"
        return "on" if self._phase in ("joined", "missing") else "join"

    def _show(self):
        # The order matters to a program that reads in between: `air` must never outlive the
        # connection.
        connected = self._phase in ("joined", "missing")
        is_heard = self._phase == "joined" and self._fits()
        self._regs["air"] = int(is_heard and self.up and self.uplink)
        # The number of this join, by which a socket knows that its connection is over.
        self._regs["wifi_connected"] = self._join_count if connected else 0
        requested = self._phase == "connecting"
        waiting = _CONNECTING if requested else _IDLE
        self._regs["wifi_status"] = _GOT_IP if connected else self._code or waiting

    # Changes as time passes

    @property
    def due_us(self):
        """The true time of the next change, or None."""
        return self._due_us

    def tick(self, now_us):
        """Apply the changes that are due."""
        if self._due_us is None or now_us < self._due_us:
            return
        if self._phase == "missing":
            self._lose(_BEACON_TIMEOUT, now_us)
        elif self._outcome == _GOT_IP and self.up:
            self._phase, self._due_us, self._code = "joined", None, 0
            self._join_count += 1
        else:
            self._lose(_NO_AP_FOUND if self._outcome == _GOT_IP else self._outcome, now_us)
        self._show()

    def _lose(self, code, now_us):
        self._code = code
        self._phase, self._due_us, self._joined = "idle", None, None
        if self._retries:
            self._retries -= self._retries > 0
            self._begin(now_us)

    def _begin(self, now_us):
        self._phase = "connecting"
        found = self._find()
        if not found:
            self._outcome, wait_us = _NO_AP_FOUND, _NO_AP_US
        elif found["password"] != self._sta["key"]:
            self._outcome, wait_us = _WRONG_PASSWORD, _WRONG_PASSWORD_US
        else:
            self._outcome = _GOT_IP
            wait_us = self._random.randint(30_000, 90_000) if self._static else _DHCP_US
            self._joined = found
        self._due_us = now_us + wait_us

    def _find(self):
        # A fast scan takes the first match, not the strongest.
        for point in self.access_points if self.up else ():
            wanted = self._sta["bssid"]
            if point["ssid"] == self._sta["ssid"] and wanted in (None, access_point.bssid(point)):
                return point
        return None

    def _fits(self):
        """Return True if the station's address is in its access point's network."""
        return not self._static or access_point.fits(self._joined, self._static[0])

    def set_points(self, now_us, points):
        """Replace the access points, or their properties."""
        self.access_points = points
        if self._phase in ("joined", "missing"):
            bssid = self._joined["bssid"]
            same = [point for point in points if point["bssid"] == bssid]
            self._joined = (same or [self._joined])[0]
            self._hear(now_us, bool(same) and self.up)
        self._show()

    def _hear(self, now_us, is_there):
        """Begin to miss the access point, or receive it again."""
        if self._phase == "joined" and not is_there:
            self._phase, self._due_us = "missing", now_us + _MISSED_US
        elif self._phase == "missing" and is_there:
            self._phase, self._due_us = "joined", None

    def set_air(self, now_us, up=None, uplink=None):
        """Switch the access points, or the network behind them, on or off."""
        self.up = self.up if up is None else up
        self.uplink = self.uplink if uplink is None else uplink
        self._hear(now_us, self.up and self._joined in self.access_points)
        self._show()

    def drop(self):
        """Lose the connection, as light sleep does."""
        if self._active:
            self._stop()

    # The program's requests; each returns (duration in milliseconds, answer)

    def ask(self, now_us, interface, question, *arguments):
        """Answer one call from the network shim, where a WifiError becomes an OSError."""
        if interface == 1 and question == "active":
            return 0, False
        if interface == 1:
            raise WifiError("Wifi Mode Error")
        return getattr(self, f"_ask_{question}")(now_us, *arguments)

    def _ask_made(self, now_us):
        return 0, None

    def _ask_active(self, now_us, on):
        if on is None:
            return 0, self._active
        started = on and not self._active
        if not on:
            self._stop()
        self._active = bool(on)
        return (_START_MS if started else 0), self._active

    def _ask_connect(self, now_us, ssid, key, bssid):
        if not self._active:
            raise WifiError("Wifi Not Started")
        if self._phase != "idle":
            raise WifiError("Wifi Internal Error")
        if (ssid, key, bssid) != (None, None, None):
            self._sta = {"ssid": _text(ssid)[:32], "key": _text(key)[:64], "bssid": bssid}
        self._retries = self._settings["reconnects"]
        self._begin(now_us)
        self._show()
        return 0, None

    def _ask_disconnect(self, now_us):
        if not self._active:
            raise WifiError("Wifi Not Started")
        if self._phase in ("joined", "missing") and not self._static:
            self._dhcp_end_us = now_us + _DHCP_STOP_US
        self._phase, self._due_us, self._joined = "idle", None, None
        self._show()
        return 0, None

    def _ask_status(self, now_us, what):
        if what == "rssi" and self._joined and self._regs["wifi_connected"]:
            return 0, self._joined["rssi"]
        raise WifiError("Wifi Not Connected" if what == "rssi" else "unknown status param")

    def _ask_scan(self, now_us):
        if not self._active:
            raise WifiError("STA must be active")
        if self._phase == "connecting":
            return 0, []
        points = self.access_points if self.up else []
        return _SCAN_MS, [access_point.scanned(point) for point in points]

    def _ask_config(self, now_us, names, values):
        self._settings.update(values)
        if not names:
            return 0, None
        known = {**self._settings, "mac": self._mac, "ssid": self._sta["ssid"]}
        known["essid"], known["ifname"] = known["ssid"], "st1"
        known["channel"] = self._joined["channel"] if self._joined else 1
        if names[0] not in known:
            raise WifiError("unknown config param")
        return 0, known[names[0]]

    def _address(self):
        if self._static:
            return self._static
        lease = access_point.lease(self._joined) if self._regs["wifi_connected"] else _UNSET
        return lease[:3] + (self._dns or lease[3],)

    def _ask_ifconfig(self, now_us, setting):
        if setting is None:
            return 0, self._address()
        if setting == "dhcp" and now_us < self._dhcp_end_us:
            raise UnknownWifiError("Wifi Unknown Error 0x5004")
        self._static = None if setting == "dhcp" else tuple(setting)
        return 0, None

    def _ask_ipconfig(self, now_us, names, values):
        address = self._address()
        if names:
            known = {"addr4": address[:2], "gw4": address[2], "dhcp4": self._static is None}
            if names[0] not in known:
                raise WifiError("unknown config param")
            return 0, known[names[0]]
        if "addr4" in values:
            ip, _, bits = values["addr4"].partition("/")
            self._static = (ip, _mask(int(bits or 24)), values.get("gw4", address[2]), address[3])
        elif "gw4" in values and self._static:
            self._static = (*self._static[:2], values["gw4"], self._static[3])
        if values.get("dhcp4"):
            self._static = None
        return 0, None

    def _ask_dns_ipconfig(self, now_us, names, values):
        if names:
            return 0, self._address()[3]
        self._dns = values.get("dns", self._dns)
        if self._static:
            self._static = (*self._static[:3], self._dns)
        return 0, None

    def _ask_hostname(self, now_us, name):
        if name is not None:
            self._settings["hostname"] = name
        return 0, self._settings["hostname"]

    def _ask_country(self, now_us, code):
        if code is not None:
            self._settings["country"] = code
        return 0, self._settings.get("country", "XX")


def _text(value):
    return value.decode() if isinstance(value, bytes) else value or ""


def _mask(bits):
    mask = 0xFFFFFFFF << 32 - bits & 0xFFFFFFFF
    return ".".join(str(mask >> shift & 255) for shift in (24, 16, 8, 0))
