"""firmware/wifi.py on MicroPython itself, with a station and a clock of the test's: its waits.

What a virtual board's own station does is in test_wifi.py.
"""

import pytest
from firmware_run import found_by

LEASE_MS = 6 * 3_600_000
# `joins` are [RTC in ms, ms until a network lets us in, status meanwhile, which name does].
PROGRAM = """
class Network:
    STAT_IDLE, STAT_CONNECTING = 1000, 1001
    def hostname(name): log.append(["hostname", name])

class Station:
    addresses = how = ssid = None
    def active(self, on): log.append(["active", on])
    def config(self, reconnects): log.append(["reconnects", reconnects])
    def disconnect(self): self.ssid = None
    def ifconfig(self, how=None):
        if how == "dhcp" and given.get("dhcp_runs"): raise RuntimeError("0x5004")
        self.how = how or self.how
        return given["addresses"]
    def connect(self, ssid, password):
        if given["fails"]: raise RuntimeError("Wifi Unknown Error")
        log.append([ssid, password, self.how == "dhcp"])
        self.ssid, self.begin_ms = ssid, Clock.now_ms
    def isconnected(self):
        if self.ssid != self.lets_in: return False
        return Clock.now_ms - self.begin_ms >= self.takes_ms
    def status(self): return self.meanwhile

class State:
    network, zero_ms, lease_due = given["network"], given["zero_ms"], 0
    lease = bytes(16)

stand_in(time=Clock, network=Network)
import wifi

station, state, found, idle_ms = Station(), State(), [], [0]
sections = [{"ssid": name, "password": "key" * (name == "second")} for name in given["names"]]
for begin_ms, station.takes_ms, station.meanwhile, station.lets_in in given["joins"]:
    Clock.now_ms = begin_ms = max(begin_ms, Clock.now_ms)
    log, deadline_ms = [], begin_ms + given["deadline_ms"]
    idle = lambda: idle_ms.append(Clock.now_ms)
    try:
        wifi.join(station, "hut", sections, state, Ports(), deadline_ms, idle)
        outcome = station.ssid
    except OSError as error:
        outcome = str(error)
    found.append([outcome, station.how, Clock.now_ms - begin_ms, log, state.lease_due])
gaps = [b - a for a, b in zip(idle_ms[1:], idle_ms[2:])]
found = [found, max(gaps or [0])]
"""
LEASE = ["192.168.4.23", "255.255.255.0", "192.168.4.1", "192.168.4.53"]
IDLE, CONNECTING, WRONG_PASSWORD = 1000, 1001, 202
SILENCE = "no answer, or no address from DHCP (status 1001)"
NO_ANSWER = f"Wi-Fi: first: {SILENCE}; second: {SILENCE}"


def joined(*joins, **more):
    """Return [network or error, addresses, ms, calls, until when the lease holds] of each join."""
    given = {"names": ["first", "second"], "addresses": LEASE, "fails": False, "network": 0}
    given |= {"zero_ms": 0, "deadline_ms": 20_000, "joins": joins, **more}
    (found, gap_ms), _ = found_by(PROGRAM, given)
    assert gap_ms <= 100 or len(found) > 1
    return found


@pytest.mark.parametrize("zero_ms", [0, 10_000_000])
def test_a_lease_is_good_until_six_hours_are_over(zero_ms):
    times_ms = (0, LEASE_MS - 1, LEASE_MS, 2 * LEASE_MS - 1, 2 * LEASE_MS + 1)
    joins = ((zero_ms + ms, 0, CONNECTING, "first") for ms in times_ms)
    found = joined(*joins, zero_ms=zero_ms)
    assert [how for _, how, *_ in found] == ["dhcp", LEASE, "dhcp", LEASE, "dhcp"]
    assert found[0][4] == LEASE_MS


def test_a_lease_that_is_refused_is_dropped_and_dhcp_asked():
    found = joined((0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "second"))
    _, (outcome, how, took_ms, calls, _) = found
    tried = [(each[0], each[2]) for each in calls if each[2:]]
    assert tried == [("first", False), ("first", True), ("second", True)]
    assert (outcome, how) == ("second", "dhcp") and took_ms > 12_000
    found = joined((0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "none"))
    assert found[1][0] == NO_ANSWER and found[1][4] == 0


@pytest.mark.parametrize(("last", "lets_in", "tried"), [
    (0, "first", ["first"]), (1, "second", ["second"]), (2, "third", ["third"]),
    (1, "first", ["second", "third", "first"]), (2, "second", ["third", "first", "second"]),
])  # fmt: skip
def test_the_network_that_worked_last_comes_first(last, lets_in, tried):
    names = ["first", "second", "third"]
    found = joined(
        (0, 0, CONNECTING, lets_in), (1, 0, CONNECTING, lets_in), names=names, network=last
    )
    (first, _, _, calls, _), (again, how, _, calls_again, _) = found
    assert [each[0] for each in calls[3:]] == tried and first == again == lets_in
    # It is remembered, with its lease.
    assert [each[0] for each in calls_again[3:]] == [lets_in] and how == LEASE


def test_the_driver_gets_our_name_no_retries_and_no_password_where_there_is_none():
    (found,) = joined((0, 0, CONNECTING, "second"))
    assert found[3] == [
        ["hostname", "hut"], ["active", True], ["reconnects", 0],
        ["first", None, True], ["second", "key", True],
    ]  # fmt: skip


@pytest.mark.parametrize(("deadline_ms", "outcome", "took_ms"), [
    (0, "Wi-Fi: no time left to join", 0),
    (6_000, "Wi-Fi: no time left to join", 6_050),
    (20_000, NO_ANSWER, 12_100),
])  # fmt: skip
def test_no_network_and_no_time_are_errors(deadline_ms, outcome, took_ms):
    (found,) = joined((0, 0, CONNECTING, "none"), deadline_ms=deadline_ms)
    assert (found[0], found[2]) == (outcome, took_ms)


def test_an_error_of_the_driver_is_one_of_a_connection():
    (found,) = joined((0, 0, CONNECTING, "first"), fails=True)
    assert found[0] == "Wi-Fi: Wifi Unknown Error"
    # But not that DHCP runs already, which is what was asked for.
    (found,) = joined((0, 0, CONNECTING, "first"), dhcp_runs=True)
    assert found[0] == "first"


@pytest.mark.parametrize(("status", "reason"), [
    (201, "network not found (status 201)"), (77, "failed (status 77)"),
    (WRONG_PASSWORD, "wrong password, or a weak signal (status 202)"),
])  # fmt: skip
def test_the_reason_why_a_network_cannot_be_joined_is_named(status, reason):
    (found,) = joined((0, 0, status, "none"), names=["barn"])
    assert found[0] == f"Wi-Fi: barn: {reason}"


def test_an_access_point_that_still_has_the_last_connection_gets_a_second_try():
    (found,) = joined((0, 0, 2, "none"), names=["barn", "hut"])
    assert [each[0] for each in found[3][3:]] == ["barn", "barn", "hut", "hut"]
    reason = "the access point ended the authentication (status 2)"
    assert found[0] == f"Wi-Fi: barn: {reason}; hut: {reason}"


@pytest.mark.parametrize(("takes_ms", "meanwhile", "does_join", "most_ms"), [
    (6_050, CONNECTING, True, 6_100),
    (6_200, CONNECTING, False, 6_100),
    (5_900, IDLE, True, 5_950),
    # The status of a failure may be that of the attempt before, so it is not believed at once.
    (3_050, WRONG_PASSWORD, True, 3_100),
    (3_200, WRONG_PASSWORD, False, 3_100),
])  # fmt: skip
def test_a_network_gets_six_seconds_and_one_that_says_no_three(
    takes_ms, meanwhile, does_join, most_ms
):
    (found,) = joined((7, takes_ms, meanwhile, "first"), names=["first"])
    assert (found[0] == "first") == does_join and most_ms - 100 <= found[2] <= most_ms
