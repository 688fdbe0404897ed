"""HERE's judge with sequences of random answers: logins, times, batches and desired states.

Each request is chosen as the uplink chooses it, so a session sees many answers. Most bodies are
JSON with the vendor's members, whose values are right, nearly right or wrong.
"""

import json
import random
import sys

from support.uplinks.answer import Answer
from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.recorded_answers import answers
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here

COUNT = 6000 if sys.implementation.name == "cpython" else 1500
SESSION_COUNT = 40

KINDS = (
    verdict.DELIVERED, verdict.RETRY, verdict.REJECTED, verdict.DENIED, verdict.AGAIN,
    verdict.BUSY,
)  # fmt: skip
STATUSES = (
    200, 200, 200, 204, 299, 302, 400, 400, 401, 401, 403, 404, 412, 413, 422, 429, 500, 503, 599,
)  # fmt: skip
RECORDED = [body for _, _, body in answers()] + [b"[" * 500, b"\xff", b"{"]
TEXTS = (
    "", "n1", "led", "red", "x" * 32, "y" * 63, "z" * 65, "at least 8", "wpa2psk", "none",
    "é" * 17, "\n", "\x7f", "h1.aZ-9_.", "a b", "1795163040", "t" * 1024, "t" * 1025,
)  # fmt: skip
NUMBERS = (
    0, 1, -1, 2, 600, 1200, 86_399, 604_800, 1 << 31, 1 << 53, 10**12, 1795163040, 1.5, -2.5,
    1000, 60_000, 86_400_000, 86_400_001,
)  # fmt: skip
RATES_MS = 500, 1000, 60_000, 3_600_000
MEMBERS = (
    "accessToken", "expiresIn", "timestamp", "system", "payload", "stateVersion", "rate",
    "sampleMs", "sendMs", "wlanConfigurations", "ssid", "securityMode", "password", "led",
    "level", "code",
)  # fmt: skip


def value(depth=0):
    """Return a random JSON value of a few members at most."""
    kind = random.randrange(8 if depth < 3 else 6)
    if kind < 2:
        return random.choice(TEXTS)
    if kind < 5:
        return random.choice(NUMBERS)
    if kind == 5:
        return random.choice((None, True, False))
    members = [value(depth + 1) for _ in range(random.randrange(4))]
    if kind == 6:
        return members
    return {random.choice(MEMBERS): member for member in members}


def either(right):
    """Return `right` most of the time, otherwise a random value."""
    return right if random.randrange(5) else value(2)


def token():
    left_s = random.choice((2, 600, 86_399))
    return {"accessToken": either("h1.aZ-9_."), "expiresIn": either(left_s)}


def shadow():
    rate = {key: either(random.choice(RATES_MS)) for key in ("sampleMs", "sendMs")}
    network = {"ssid": either("n1"), "securityMode": either("wpa2psk")}
    network["password"] = either("p" * 9)
    system = {
        "stateVersion": either(random.randrange(20)), "rate": either(rate),
        "wlanConfigurations": either([either(network)]),
    }  # fmt: skip
    payload = {"led": either("red"), "level": either(7), "other": value()}
    return {"system": either(system), "payload": either(payload), "timestamp": value()}


def time():
    return {"timestamp": either(1795163040)}


def body(question):
    """Return the bytes of a random body: mostly as requested, sometimes cut off or corrupted."""
    right = {"token": token, "time": time}.get(question, shadow)
    make = random.choice((right, right, right, right, shadow, value))
    octets = bytearray(json.dumps(make()).encode())
    if random.randrange(6) == 0:
        octets = bytearray(random.choice(RECORDED))
    if octets and random.randrange(6) == 0:
        octets[random.randrange(len(octets))] = random.randrange(256)
    if random.randrange(12) == 0:
        octets = bytearray(octets.replace(b"n1", b"\\ud800").replace(b"h1", b"\\udfff"))
    if random.randrange(8) == 0:
        octets = octets[: random.randrange(len(octets) + 1)]
    return octets[: here.ANSWER_SIZE_MAX]


def response(question):
    """Return a random answer; a login succeeds half of the time."""
    status = 200 if question and random.randrange(2) else random.choice(STATUSES)
    headers = {}
    if random.randrange(2):
        headers["x-here-timestamp"] = random.choice(TEXTS + ("1795163040", "1795163099"))
    return Answer(status, body(question), headers)


def asked(options, session):
    """Return the kind of the uplink's next request, and store it in the session."""
    found = here._first_of_all(options, session)
    session.asked = found
    if not found and random.randrange(3) == 0:
        setattr(session, random.choice(("had_scan", "had_old", "had_result")), True)
    return found


def check_session(session, options):
    """Check the types and bounds of everything that a judge stores in the session."""
    text = session.token
    assert len(text) <= 1024 and all(32 < ord(c) < 127 for c in text)
    assert not text or session.until_s - session.now[0] <= 604_800
    assert abs(session.diff_s) < 1 << 30
    report, session.report = session.report, ""
    assert len(report) < 200 and all(31 < ord(c) < 127 for c in report), report
    assert len(session.shadow_result) <= 120
    check_wishes(session.apply or {}, options)
    check_wishes(session.shadow, options)
    json.dumps({name: getattr(session, name) for name in session.KEPT})
    session.apply, session.has_changed = None, False


def check_wishes(wishes, options):
    """Check that the owner permits the applied members of a desired state."""
    sample_ms = wishes.get("sample_every_ms", options["shadow_sample_every_min_ms"])
    send_ms = wishes.get("send_every_ms", 86_400_000)
    assert options["shadow_sample_every_min_ms"] <= sample_ms <= send_ms <= 86_400_000, wishes
    assert send_ms >= options["shadow_send_every_min_ms"], wishes
    for key, wish in wishes.get("payload", {}).items():
        assert key in options["shadow_payload"] and type(wish) in (str, int, float, bool), wishes
        assert type(wish) is not str or all(ord(c) > 31 for c in wish), wishes
    for network in wishes.get("wifi", ()):
        assert options["accept_wifi"] and 0 < len(network["ssid"].encode()) <= 32, wishes
        assert 8 <= len(network["password"] or "p" * 8) <= 63, wishes
    assert set(wishes) <= {"sample_every_ms", "send_every_ms", "payload", "wifi"}, wishes


def check_judging(count, seed):
    """Judge `count` random answers; return {verdict: number of answers}."""
    random.seed(seed)
    found = dict.fromkeys(KINDS, 0)
    session, refusals = here.Session(), 0
    for i in range(count):
        if i % SESSION_COUNT == 0:
            is_open = random.randrange(2)
            options = settings(
                accept_wifi=bool(is_open), shadow_payload=["led", "level"] if is_open else []
            )
            session, refusals, now_s = here.Session(), 0, NOW_S
        now_s += random.choice((0, 1, 60, 5000))
        session.now = now_s, random.randrange(1000)
        question = asked(options, session)
        answer = response(question)
        kind, note = here.judge(options, session, answer, random.choice((1, 2, 200)))
        place = (seed, i, question, answer.status, answer.headers, bytes(answer.body), kind, note)
        assert kind in KINDS and 0 < len(note) < 200, place
        assert all(31 < ord(c) < 127 for c in note), place
        is_success = not question and answer.status in (200, 204)
        assert is_success or kind != verdict.DELIVERED, place
        assert kind == verdict.DELIVERED or question or answer.status != 204, place
        if kind == verdict.DELIVERED and answer.status == 200:
            assert type(json.loads(bytes(answer.body))) is dict, place
        if kind == verdict.AGAIN and not question and answer.status in (401, 403):
            refusals += 1
        elif kind == verdict.DELIVERED:
            refusals = 0
        # After one refused fresh token, a second one is not requested.
        assert refusals <= 1, place
        try:
            check_session(session, options)
        except AssertionError as error:
            raise AssertionError(place, error.args) from None
        found[kind] += 1
    return found


def test_random_answers_are_judged():
    seed = random.getrandbits(30)
    print("seed", seed)
    found = check_judging(COUNT, seed)
    print(COUNT, "answers:", found)
    assert min(found.values()) > 0, found
