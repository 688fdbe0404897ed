"""wifi.py on MicroPython itself, with the test's own station and clock: its ways to join.

A day of a virtual board with its own station is in test_day.py.
"""

import pytest
from support.boards.firmware_run import found_by

LEASE_MS = 6 * 3_600_000
# `joins` are [RTC in ms, ms until a network accepts, status meanwhile, the name that is accepted,
# more]: `more` changes the station or the state.
PROGRAM = """
import net
from net import Net
net.use()

class Network:
    STAT_IDLE, STAT_CONNECTING = 1000, 1001
    def hostname(name): log.append(["hostname", name])

class Station:
    addresses = how = ssid = None
    rssi, points = -61, ()
    def active(self, on): log.append(["active", on])
    def config(self, reconnects): log.append(["reconnects", reconnects])
    def disconnect(self): self.ssid = None
    def ifconfig(self, how=None):
        if how == "dhcp" and given.get("dhcp_runs"): raise RuntimeError("0x5004")
        self.how = how or self.how
        return given["addresses"]
    def connect(self, ssid, password, bssid):
        if given["fails"]: raise RuntimeError("Wifi Unknown Error")
        log.append([ssid, password, self.how == "dhcp", bssid and bssid.hex()])
        self.ssid, self.begin_ms = ssid, Clock.now_ms
    def isconnected(self):
        if self.ssid != self.lets_in or self.is_static_dead and self.how != "dhcp": return False
        return Clock.now_ms - self.begin_ms >= self.takes_ms
    is_static_dead = False
    def status(self, what=None): return self.rssi if what else self.meanwhile
    def scan(self):
        log.append(["scan"])
        if self.points == "busy": raise OSError("Wifi Unknown Error")
        Clock.sleep_ms(2_500)
        form = lambda ssid, bssid, rssi: (ssid.encode(), bytes([bssid] * 6), 1, rssi, 3, False)
        return [form(*point) for point in self.points]

class State:
    network, zero_ms, lease_due = given["network"], given["zero_ms"], 0
    lease, busy, failures = bytes(16), bytearray(50), 0
    sample_due = 10**12

stand_in(time=Clock, network=Network)
import wifi

station, state, found, idle_ms = Station(), State(), [], [0]
sections = [{"ssid": name, "password": "key" * (name == "second")} for name in given["names"]]
for section in sections: section.update(given["section"])
Net.answer = lambda packet, port: packet[:2] + b"\\x81\\x83" + packet[4:]
ports = Ports()
ports.on_battery = given["on_battery"]
for begin_ms, station.takes_ms, station.meanwhile, station.lets_in, more in given["joins"]:
    Net.delays_ms = list(more.pop("answers_ms", [20]))
    for name, value in more.items():
        setattr(state if hasattr(state, name) else station, name, value)
    Clock.now_ms = begin_ms = max(begin_ms, Clock.now_ms)
    log, deadline_ms = [], begin_ms + given["deadline_ms"]
    idle = lambda: idle_ms.append(Clock.now_ms)
    try:
        wifi.join(station, "hut", sections, state, ports, deadline_ms, idle)
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
    """Return [network or error, addresses, ms, calls, the end of the lease] of each join."""
    given = {"names": ["first", "second"], "addresses": LEASE, "fails": False, "network": 0}
    joins = [(*each, *[{}] * (5 - len(each))) for each in joins]
    given |= {"zero_ms": 0, "deadline_ms": 20_000, "joins": joins, "section": {}}
    given |= {"on_battery": False, **more}
    (found, gap_ms), _ = found_by(PROGRAM, given)
    assert gap_ms <= 100 or len(found) > 1
    return found


@pytest.mark.parametrize("zero_ms", [0, 10_000_000])
def test_a_lease_is_valid_for_six_hours(zero_ms):
    times_ms = (0, LEASE_MS - 1, LEASE_MS, 2 * LEASE_MS - 1, 2 * LEASE_MS + 1)
    joins = ((zero_ms + ms, 0, CONNECTING, "first") for ms in times_ms)
    found = joined(*joins, zero_ms=zero_ms)
    assert [how for _, how, *_ in found] == ["dhcp", LEASE, "dhcp", LEASE, "dhcp"]
    assert found[0][4] == LEASE_MS


def test_a_refused_lease_is_dropped_and_dhcp_is_used():
    found = joined((0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "second"))
    _, (outcome, how, took_ms, calls, _) = found
    tried = [(each[0], each[2]) for each in calls if each[2:]]
    assert tried == [("first", False), ("first", True), ("second", True)]
    assert (outcome, how) == ("second", "dhcp") and took_ms == 9_700
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


MINE = "01" * 6
POINTS = [["first", 2, -70], ["first", 1, -60], ["second", 3, -50], ["", 4, -20]]


def scanned(*joins, **more):
    """Return [calls, ms] of joins on battery, where POINTS are heard."""
    (begin_ms, takes_ms, meanwhile, lets_in, *rest), *others = joins
    first = (begin_ms, takes_ms, meanwhile, lets_in, {"points": POINTS, **(rest or [{}])[0]})
    found = joined(first, *others, on_battery=True, **more)
    return [(calls[3:], took_ms) for _, _, took_ms, calls, _ in found]


def test_on_battery_the_strongest_access_point_is_joined_and_kept():
    (first, _), (again, _), (later, _) = scanned(
        (0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "first"),
        (LEASE_MS + 5_000, 0, CONNECTING, "first"),
    )  # fmt: skip
    assert first == [["scan"], ["first", None, True, MINE]]
    assert again == [["first", None, False, MINE]] and later == [["first", None, True, MINE]]


@pytest.mark.parametrize("more", [
    {"failures": 1}, {"sample_due": 3_000}, {"points": "busy"},
])  # fmt: skip
def test_a_scan_is_skipped_after_a_failure_or_before_a_row_and_is_never_a_failure(more):
    ((calls, _),) = scanned((0, 0, CONNECTING, "first", more))
    assert calls[-1] == ["first", None, True, None]
    assert (["scan"] in calls) == ("points" in more)


def test_hidden_networks_are_joined_without_a_scan():
    ((calls, _),) = scanned((0, 0, CONNECTING, "first"), section={"hidden": True})
    assert calls == [["first", None, True, None]]


@pytest.mark.parametrize(("more", "took_ms"), [
    # The access point is missing: 3.6 s with a static address, 5 s with DHCP; then DHCP
    # immediately.
    ({"lets_in": "second"}, 3_650), ({"lets_in": "second", "lease_due": 0}, 5_050),
    # Its lease does not work, or its name server does not answer: 3.6 s, or 1.4 s.
    ({"is_static_dead": True}, 3_650), ({"answers_ms": [None, None]}, 1_400),
])  # fmt: skip
def test_a_fast_way_that_fails_takes_five_seconds_at_most(more, took_ms):
    _, (calls, whole_ms) = scanned(
        (0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "first", {"points": [], **more}),
        names=["first"] if "lets_in" not in more else ["first", "second"],
    )  # fmt: skip
    is_leased = "lease_due" not in more
    scan_at = calls.index(["scan"])
    assert calls[:scan_at] == [["first", None, not is_leased, MINE]]
    # The access point and the lease are forgotten.
    assert calls[scan_at + 1] == ["first", None, True, None]
    rest_ms = 2_500 + (6_050 if "lets_in" in more else 0)
    assert took_ms - 50 <= whole_ms - rest_ms <= took_ms + 50


def test_static_addresses_are_used_with_any_answers():
    own = ["10.0.0.9", "255.0.0.0", "10.0.0.1", "10.0.0.1"]
    found = joined(
        (0, 0, CONNECTING, "first"), (9, 0, CONNECTING, "first", {"answers_ms": []}),
        (LEASE_MS + 9, 0, CONNECTING, "first"), section={"addresses": own},
    )  # fmt: skip
    assert [how for _, how, *_ in found] == [own] * 3 and found[1][2] == 0


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
    # The driver's error that DHCP already runs is ignored.
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
    # The status of a failure may be of the attempt before, so it is not believed immediately.
    (3_050, WRONG_PASSWORD, True, 3_100),
    (3_200, WRONG_PASSWORD, False, 3_100),
])  # fmt: skip
def test_a_network_gets_six_seconds_and_one_that_refuses_three(
    takes_ms, meanwhile, does_join, most_ms
):
    (found,) = joined((7, takes_ms, meanwhile, "first"), names=["first"])
    assert (found[0] == "first") == does_join and most_ms - 100 <= found[2] <= most_ms
