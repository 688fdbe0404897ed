"""HERE's desired shadow at each of its bounds: versions, rates, texts, numbers and networks."""

import json

from support.uplinks.here_desired import OPEN, desired, judged, rate
from wherry.uplinks.here import dialect as here
from wherry.uplinks.here import shadow

BAD_NETWORK = "wlanConfigurations: ssid missing, or password not 8 to 63 bytes"
BAD_RATE = {"s": "sampleMs is not 1000 to 86400000", "S": "sendMs is not 10000 to 86400000"}
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
    reported = judged(session_at(5), desired(4)).report
    assert reported == "desired state 4: older than 5, ignored"
    for version in (1 << 53, -1, "6", None):
        reported = judged(session_at(5), desired(version)).report
        assert reported == "desired state: no valid version, ignored", version
    assert judged(session_at(5), b"{").report == (
        "desired state: unreadable or larger than 2 KB, ignored"
    )


def test_rates_at_their_bounds():
    for sample_ms, send_ms, faults in (
        (999, 10_000, "s"), (1000, 9999, "S"), (1000, 10_000, ""), (10_000, 10_000, ""),
        (10_001, 10_000, SWAPPED), (86_400_000, 86_400_000, ""), (86_400_001, 86_400_000, "s"),
        (86_400_000, 86_400_001, "S"), (0, 0, "sS"), (1000.0, 10_000, "s"), (False, 10_000, "s"),
    ):  # fmt: skip
        session = judged(here.Session(), rate(sample_ms, send_ms))
        expected = {}
        if "s" not in faults:
            expected["sample_every_ms"] = sample_ms
        if "S" not in faults:
            expected["send_every_ms"] = send_ms
        words = "; ".join([BAD_RATE[letter] for letter in faults if letter in BAD_RATE])
        if faults == SWAPPED:
            words, expected = SWAPPED, {}
        assert session.shadow == expected, (sample_ms, send_ms)
        assert session.shadow_result == (words or "applied"), (sample_ms, send_ms)
        assert session.report == "desired state 7: " + session.shadow_result


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


def test_payloads_are_plain_and_bounded():
    for value, is_taken in (
        ("", True), ("x" * 64, True), ("x" * 65, False), ("\xe9" * 32, True), ("\xe9" * 33, False),
        ("\x1f", False), (" ", True), (True, True), (False, True), (0, True), (-1.5, True),
        (1_000_000_000, True), (1_000_000_001, False), (-1_000_000_000, True),
        (-1_000_000_001, False), (1e9, True), (1.5e9, False), (-1.5e9, False), (None, False),
        ([], False), ({}, False),
    ):  # fmt: skip
        session = judged(here.Session(), desired(payload={"led": value}), **OPEN)
        assert session.shadow == ({"payload": {"led": value}} if is_taken else {}), value
        fault = "led is not a text, number, true or false"
        assert session.shadow_result == ("applied" if is_taken else fault), value


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


def test_networks_at_their_bounds():
    for entry, kept in (
        (network(), "12345678"), (network(password="1234567"), None), (network("b"), "12345678"),
        (network(password="x" * 63), "x" * 63), (network(password="x" * 64), None),
        (network(""), None), (network("s" * 32), "12345678"), (network("s" * 33), None),
        (network(mode="none"), ""), (network(mode="none", password=5), ""),
        (network(mode="wpa3"), None), (network(mode=None), None), (network(password=None), None),
        (network(mode="none", ssid=None), None), ({"ssid": "barn", "securityMode": "none"}, ""),
        ({"ssid": "barn", "securityMode": "wpa2psk"}, None), ({}, None), ([], None), (5, None),
    ):  # fmt: skip
        session = judged(here.Session(), desired(wlanConfigurations=[entry]), **OPEN)
        if kept is None:
            assert session.shadow == {} and session.shadow_result == BAD_NETWORK, entry
        else:
            expected = {"wifi": [{"ssid": entry["ssid"], "password": kept}]}
            assert session.shadow == expected and session.shadow_result == "applied", entry


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


def test_a_result_has_at_most_120_characters():
    keys = ["k%02d" % i for i in range(9)]
    for count in (1, 2, 3, 9):
        wanted = desired(payload=dict.fromkeys(keys[:count]))
        session = judged(here.Session(), wanted, shadow_payload=keys)
        words = "; ".join([key + " is not a text, number, true or false" for key in keys[:count]])
        assert session.shadow_result == words[:120], count
    assert len(words) > 120


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
    assert shadow._table({"a": {"b": 1}}, "a") == {"b": 1} and shadow._table({"a": 5}, "a") == {}


def test_a_state_of_2560_bytes_is_read_and_a_larger_one_is_not():
    for size in (1281, 2559, 2560, 2561):
        start = json.dumps(desired(payload={"led": "red"})).encode()[:-1] + b',"more":"'
        body = start + b"x" * (size - len(start) - 2) + b'"}'
        session = judged(here.Session(), body, **OPEN)
        assert len(body) == size and session.state_version == (7 if size <= 2560 else -1), size
