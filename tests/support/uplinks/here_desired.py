"""HERE's desired shadow in an answer."""

import json

from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import respond
from wherry.sending import verdict
from wherry.uplinks.here import dialect as here

OPEN = {"shadow_payload": ["led", "level"], "accept_wifi": True}


def judged(session, body, **changes):
    """Judge a 200 whose body is given as bytes or as JSON content; check that it is a delivery."""
    body = body if type(body) is bytes else json.dumps(body).encode()
    session.now = NOW_S, 0
    found = here.judge(settings(**changes), session, respond(200, None, body=body), 1)
    assert found == (verdict.DELIVERED, "HTTP 200"), (body[:80], found)
    return session


def desired(version=7, payload=None, **system):
    """Return a desired shadow with some members of `system`."""
    system["stateVersion"] = version
    shadow = {"timestamp": 1515169948976, "system": system}
    if payload is not None:
        shadow["payload"] = payload
    return shadow


def rate(sample_ms, send_ms):
    return desired(rate={"sampleMs": sample_ms, "sendMs": send_ms, "distanceM": 50})
