"""HERE's desired shadow: versions, single rates, kept keys, eight networks, and sizes."""

import json

from support.uplinks.here_desired import OPEN, desired, judged, rate
from wherry.uplinks.here import dialect as here

BAD_NETWORK = "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"
SWAPPED = "sampleMs is more than sendMs"


def session_at(version, **shadow_now):
    session = here.Session()
    session.state_version = version
    session.shadow = shadow_now
    return session


def test_versions_have_up_to_53_bits_and_must_increase():
    led = {"payload": {"led": "red"}}
    for known, version, is_taken in (
        (-1, 0, True), (-1, 1, True), (0, 0, False), (0, 1, True), (5, 4, False), (5, 5, False),
        (5, 6, True), (5, (1 << 53) - 1, True), (5, 1 << 53, False), (5, (1 << 53) + 1, False),
        (5, -1, False), (-1, -1, False), (-1, -2, False), (5, True, False), (5, 6.0, False),
        (5, "6", False), (5, None, False),
    ):  # fmt: skip
        session = judged(session_at(known), desired(version, **led), **OPEN)
        case = known, version
        if is_taken:
            assert session.state_version == version and session.has_changed, case
            assert session.apply == session.shadow == led, case
            assert session.report == "desired state %d: applied" % version, case
        else:
            assert session.state_version == known and session.apply is None, case
            assert not session.has_changed and not session.shadow_result, case


def test_a_single_rate_is_checked_with_the_known_other_rate():
    for known, wanted, is_taken in (
        ({}, {"sampleMs": 86_400_000}, True), ({}, {"sendMs": 10_000}, True),
        ({"send_every_ms": 20_000}, {"sampleMs": 20_000}, True),
        ({"send_every_ms": 20_000}, {"sampleMs": 20_001}, False),
        ({"sample_every_ms": 20_000}, {"sendMs": 20_000}, True),
        ({"sample_every_ms": 20_000}, {"sendMs": 19_999}, False),
        ({"sample_every_ms": 5000, "send_every_ms": 20_000}, {"sampleMs": 9, "sendMs": 9}, None),
        ({"sample_every_ms": 30_000, "send_every_ms": 40_000},
         {"sampleMs": 50_000, "sendMs": 60_000}, True),
    ):  # fmt: skip
        session = judged(session_at(1, **known), desired(rate=wanted))
        found = dict(known)
        if is_taken:
            ours = {"sampleMs": "sample_every_ms", "sendMs": "send_every_ms"}
            found.update([(ours[key], wanted[key]) for key in wanted])
        assert session.shadow == found, (known, wanted)
        assert session.apply == (found if is_taken else None), (known, wanted)
        assert (session.shadow_result == "applied") == bool(is_taken)
        assert (SWAPPED in session.shadow_result) == (is_taken is False)


def test_a_key_that_is_no_longer_desired_keeps_its_value():
    session = judged(session_at(1, payload={"led": "red"}), desired(payload={"level": 5}), **OPEN)
    assert session.apply == {"payload": {"led": "red", "level": 5}}
    session.apply = None
    # A repeated state changes nothing.
    judged(session, desired(8, payload={"led": "red", "other": 1}), **OPEN)
    assert session.apply is None and session.state_version == 8
    assert session.shadow_result == "applied" and session.has_changed


def network(ssid="barn", mode="wpa2psk", password="12345678"):
    return {"ssid": ssid, "securityMode": mode, "password": password}


def test_eight_networks_are_read_and_only_if_allowed():
    networks = [network("n%d" % i) for i in range(8)]
    kept = [{"ssid": "n%d" % i, "password": "12345678"} for i in range(8)]
    for count, more in ((1, []), (7, []), (8, []), (8, [network("ninth")]), (8, [5])):
        wanted = networks[:count] + more
        session = judged(here.Session(), desired(wlanConfigurations=wanted), **OPEN)
        assert session.shadow == {"wifi": kept[:count]}, (count, more)
        assert judged(here.Session(), desired(wlanConfigurations=wanted)).shadow == {}
    session = judged(here.Session(), desired(wlanConfigurations=networks[:7] + [5]), **OPEN)
    assert session.shadow == {} and session.shadow_result == BAD_NETWORK


def test_a_state_is_read_only_if_it_differs_from_the_last():
    body = json.dumps(rate(1000, 10_000)).encode()
    session = judged(here.Session(), body)
    crc = session.shadow_crc
    assert crc != -1 and session.apply
    session.apply, session.report, session.has_changed = None, "", False
    judged(session, body)
    assert (session.apply, session.report, session.has_changed) == (None, "", False)
    judged(session, rate(2000, 10_000))
    assert session.shadow_crc != crc and session.state_version == 7 and session.apply is None


def test_a_state_of_2560_bytes_is_read_and_a_larger_one_is_not():
    for size in (1281, 2559, 2560, 2561):
        start = json.dumps(desired(payload={"led": "red"})).encode()[:-1] + b',"more":"'
        body = start + b"x" * (size - len(start) - 2) + b'"}'
        session = judged(here.Session(), body, **OPEN)
        assert len(body) == size and session.state_version == (7 if size <= 2560 else -1), size
