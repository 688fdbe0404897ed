"""HERE's desired shadow: the owner's settings for the node, typed and bounded. Loaded on demand.

It arrives with an answer. The node applies its `system.rate`, the keys of its `payload` that
`shadow_payload` lists, and Wi-Fi networks if `accept_wifi` is set. A wrong value leaves the last
good one in effect, and is reported to the owner with the next item. Its content cannot raise an
error, stop the node or make it send without a pause.
"""

import json

from micropython import const

from wherry.text import is_text

# A member of `rate`, our name for it, and the option with its minimum.
_RATES = (
    ("sampleMs", "sample_every_ms", "shadow_sample_every_min_ms"),
    ("sendMs", "send_every_ms", "shadow_send_every_min_ms"),
)
_RATE_MS_MAX = const(86_400_000)
_VERSION_MAX = const(1 << 53)
_TEXT_MAX = const(64)
_NUMBER_MAX = const(1_000_000_000)
_NETWORKS_MAX = const(8)
_RESULT_MAX = const(120)
# The part of a large body that shows whether it is a desired state.
_START_SIZE = const(64)


def desired(session, response):
    """Return the members of a body that is a desired state, or None for any other body.

    A desired state that is too large to be kept has no members, and is reported.
    """
    if response.body[:2] == b"\x1f\x8b":
        from wherry.http import gzip_answer

        gzip_answer.unpack(response)
    if response.body_size > len(response.body):
        start = bytes(response.body[:_START_SIZE]).replace(b" ", b"")
        if not start.startswith((b'{"system":', b'{"payload":', b'{"timestamp":')):
            return None
        session.report = "desired state: larger than 2 KB, ignored"
        return {}
    try:
        members = json.loads(response.body)
    # CPython has a RuntimeError for nesting too deep.
    except (ValueError, TypeError, RuntimeError):
        return None
    return members if type(members) is dict and _is_own(members) else None


def _is_own(members):
    """Return whether a desired state has such members; all of its members are optional."""
    if "error" in members or "code" in members:
        return False
    has_known = "system" in members or "payload" in members
    return has_known or list(members) in ([], ["timestamp"])


def take(settings: dict, session, desired: dict) -> None:
    """Set `apply` in the session if a setting has changed, and `report` for the console.

    apply: any of sample_every_ms, send_every_ms, payload {key: value}, wifi [{ssid, password}];
    the session's `shadow` keeps the same for the next start. A key that is no longer desired keeps
    its last value.
    """
    system = _table(desired, "system")
    version = system.get("stateVersion")
    known = session.state_version
    if version == known or "stateVersion" not in system:
        return
    if type(version) is not int or not 0 <= version < _VERSION_MAX:
        session.report = "desired state: no valid version, ignored"
        return
    if version < known:
        session.report = "desired state %d: older than %d, ignored" % (version, known)
        return
    shadow = dict(session.shadow)
    before = dict(shadow)
    faults = []
    _take_rate(settings, shadow, _table(system, "rate"), faults)
    _take_payload(settings, shadow, _table(desired, "payload"), faults)
    _take_networks(settings, shadow, system.get("wlanConfigurations"), faults)
    if shadow != before:
        session.apply = dict(shadow)
        session.shadow = shadow
    if faults or shadow != before:
        result = session.shadow_result = "; ".join(faults)[:_RESULT_MAX] or "applied"
        session.report = "desired state %d: %s" % (version, result)
    session.state_version = version
    session.has_changed = True


def _table(parent, key):
    found = parent.get(key)
    return found if type(found) is dict else {}


def _take_rate(settings, shadow, rate, faults):
    """Take the sample and send rates, which must be consistent with each other."""
    found = {}
    for key, ours, low_key in _RATES:
        if key not in rate:
            continue
        low = settings[low_key]
        value = rate[key]
        if type(value) is int and low <= value <= _RATE_MS_MAX:
            found[ours] = value
        else:
            faults.append("%s is not %d to %d" % (key, low, _RATE_MS_MAX))
    sample_ms = found.get("sample_every_ms", shadow.get("sample_every_ms", 0))
    if sample_ms > found.get("send_every_ms", shadow.get("send_every_ms", sample_ms)):
        faults.append("sampleMs is more than sendMs")
    else:
        shadow.update(found)


def _take_payload(settings, shadow, payload, faults):
    found = dict(shadow.get("payload", {}))
    for key in settings["shadow_payload"]:
        if key not in payload:
            continue
        if _is_plain(payload[key]):
            found[key] = payload[key]
        else:
            faults.append(key + " is not a text, number, true or false")
    if found:
        shadow["payload"] = found


def _is_plain(value):
    if type(value) in (int, float):
        return -_NUMBER_MAX <= value <= _NUMBER_MAX
    return type(value) is bool or is_text(value, 0, _TEXT_MAX)


def _take_networks(settings, shadow, networks, faults):
    """Take Wi-Fi networks, if the node's configuration allows it."""
    if not settings["accept_wifi"] or type(networks) is not list:
        return
    found = [_network(entry) for entry in networks[:_NETWORKS_MAX]]
    if None in found:
        faults.append("wlanConfigurations: ssid missing, or password not 8 to 63 bytes")
    elif found:
        shadow["wifi"] = found


def _network(entry):
    """Return a network as in [[wifi]], or None if it is invalid."""
    entry = entry if type(entry) is dict else {}
    ssid, password = entry.get("ssid"), entry.get("password", "")
    if entry.get("securityMode") == "none":
        password = ""
    elif entry.get("securityMode") != "wpa2psk" or not is_text(password, 8, 63):
        return None
    if not is_text(ssid, 1, 32):
        return None
    return {"ssid": ssid, "password": password}
