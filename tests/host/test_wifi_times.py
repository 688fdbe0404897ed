"""firmware/wifi.py on MicroPython itself, with a station and a clock of the test's: its waits.

What a virtual board's own station does is in test_wifi.py.
"""

import json

import pytest
from firmware_run import printed_by

LEASE_MS = 6 * 3_600_000
# `cases` are [RTC in ms, ms until the first network lets us in, status meanwhile].
PROGRAM = """
import json, sys

class Clock:
    now_ms = 0
    def sleep_ms(ms): Clock.now_ms += ms

class Network:
    STAT_IDLE, STAT_CONNECTING = 1000, 1001
    def hostname(name): pass

class Station:
    addresses = how = ssid = None
    def active(self, on): pass
    def config(self, reconnects): pass
    def disconnect(self): self.ssid = None
    def ifconfig(self, how=None):
        self.how = how or self.how
        return ("192.168.4.23", "255.255.255.0", "192.168.4.1", "192.168.4.53")
    def connect(self, ssid, password):
        self.ssid, self.begin_ms = ssid, Clock.now_ms
    def isconnected(self):
        return self.ssid == "second" or Clock.now_ms - self.begin_ms >= self.takes_ms
    def status(self): return self.meanwhile

class State:
    network = zero_ms = lease_due = 0
    lease = bytes(16)

class Ports:
    def rtc_ms(self): return Clock.now_ms

sys.modules["time"], sys.modules["network"] = Clock, Network
import wifi

station, state = Station(), State()
sections = [{"ssid": name, "password": ""} for name in ("first", "second")]
found = []
for begin_ms, station.takes_ms, station.meanwhile in json.loads(sys.argv[1]):
    Clock.now_ms = max(begin_ms, Clock.now_ms)
    begin_ms = Clock.now_ms
    wifi.join(station, "n", sections, state, Ports(), begin_ms + 20000, lambda: None)
    found.append([station.ssid, station.how, Clock.now_ms - begin_ms])
print(json.dumps(found))
"""
LEASE = ["192.168.4.23", "255.255.255.0", "192.168.4.1", "192.168.4.53"]
CONNECTING, WRONG_PASSWORD = 1001, 202


def joined(*cases):
    """Return [network, addresses, ms] of each join, one after the other."""
    return json.loads(printed_by(PROGRAM, json.dumps(cases)))


def test_a_lease_is_good_until_six_hours_are_over():
    times_ms = (0, LEASE_MS - 1, LEASE_MS, 2 * LEASE_MS - 1, 2 * LEASE_MS + 1)
    found = joined(*((ms, 0, CONNECTING) for ms in times_ms))
    assert [addresses for _, addresses, _ in found] == ["dhcp", LEASE, "dhcp", LEASE, "dhcp"]


@pytest.mark.parametrize(("takes_ms", "meanwhile", "network", "most_ms"), [
    (5_900, CONNECTING, "first", 5_950),
    (6_200, CONNECTING, "second", 6_100),
    # The status of a failure may be that of the attempt before, so it is not believed at once.
    (2_900, WRONG_PASSWORD, "first", 2_950),
    (3_200, WRONG_PASSWORD, "second", 3_100),
])  # fmt: skip
def test_a_network_gets_six_seconds_and_one_that_says_no_three(
    takes_ms, meanwhile, network, most_ms
):
    ((joined_to, addresses, took_ms),) = joined((0, takes_ms, meanwhile))
    assert (joined_to, addresses) == (network, "dhcp") and most_ms - 100 <= took_ms <= most_ms
