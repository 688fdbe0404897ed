"""network.WLAN: its state machine is in the supervisor, its two most used answers in registers."""

import json

from _board import call, now_us, regs, rare, wait_until

STA_IF = 0
_RARE = (
    "AP_IF=1 STAT_IDLE=1000 STAT_CONNECTING=1001 STAT_GOT_IP=1010 STAT_BEACON_TIMEOUT=200 "
    "STAT_NO_AP_FOUND=201 STAT_WRONG_PASSWORD=202 STAT_ASSOC_FAIL=203 STAT_CONNECT_FAIL=203 "
    "STAT_HANDSHAKE_TIMEOUT=204"
)
_stations = {}


def __getattr__(name):
    return rare(_RARE, name)


def _ask(*question):
    wait_ms, answer = json.loads(call(b"W" + repr(question).encode()))["t"]
    if wait_ms:
        wait_until(now_us() + wait_ms * 1000)
    return _unmarked(answer)


def _unmarked(value):
    # JSON has neither tuples nor bytes: {"t": [...]} and {"b": hex}.
    if isinstance(value, dict):
        if "b" in value:
            return bytes.fromhex(value["b"])
        return tuple(_unmarked(value["t"]))
    if isinstance(value, list):
        return [_unmarked(each) for each in value]
    return value


def hostname(name=None):
    if name is not None and len(name.encode()) > 32:
        raise ValueError
    return _ask(0, "hostname", name)


def country(code=None):
    return _ask(0, "country", code)


def ipconfig(*args, **kwargs):
    return _ask(0, "dns_ipconfig", args, kwargs)


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2
    SEC_OPEN, SEC_WEP, SEC_WPA, SEC_WPA2, SEC_WPA_WPA2 = 0, 1, 2, 3, 4
    SEC_WPA3, SEC_WPA2_WPA3 = 6, 7

    def __new__(cls, interface=0):
        if interface not in _stations:
            # The chip loads its driver.
            _ask(0, "made")
            _stations[interface] = super(WLAN, cls).__new__(cls)
            _stations[interface]._id = interface
        return _stations[interface]

    def __init__(self, interface=0):
        pass

    def active(self, on=None):
        return _ask(self._id, "active", on)

    def connect(self, ssid=None, key=None, *, bssid=None):
        _ask(self._id, "connect", ssid, key, bssid)

    def disconnect(self):
        _ask(self._id, "disconnect")

    def status(self, what=None):
        if what is None and self._id == 0:
            return regs.wifi_status
        return _ask(self._id, "status", what)

    def isconnected(self):
        return self._id == 0 and regs.wifi_connected > 0

    def scan(self):
        return _ask(self._id, "scan")

    def config(self, *args, **kwargs):
        return _ask(self._id, "config", args, kwargs)

    def ifconfig(self, setting=None):
        return _ask(self._id, "ifconfig", setting)

    def ipconfig(self, *args, **kwargs):
        return _ask(self._id, "ipconfig", args, kwargs)
