"""`wherry doctor`: check a board's sensors and network by steps, each with a remedy."""

import time
from urllib.parse import urlsplit

from wherry_host.clock import UNIX_2000_S
from wherry_host.install import trial_point
from wherry_host.install.doctor_port import StepError
from wherry_host.install.findings import Finding
from wherry_host.install.node_faults import fault_of
from wherry_host.install.sensor_text import by_sensor, reading_lines

# Below this, packets are lost.
_WEAK_DBM = -80
_NEARER = "bring the node nearer to its access point, or give it another antenna"
_WIRES = "check its wires, its address and its supply; `wherry scan` lists what responds"
_NO_ANSWER = "check that the server runs and that a firewall lets its port through"
_CLOCK_OFF_S_MAX = 60
_CLOCK = "set this computer's clock, or give another server in `sntp` of [time]"
_NO_TIME = (
    "give another server in `sntp` of [time]: a node needs the time to judge certificates, and"
    " takes the date of its server only after three uploads"
)
_EMPTY_V = 3.3
_BATTERY = "charge or replace the battery"
# Mbed TLS's words about a certificate, and the node's words about a server without one.
_OF_CERTIFICATES = ("certificate", "TLS")


def sensor_findings(target, config, board_name):
    """Yield the Findings about the sensors of a HostConfig on a DoctorPort's board."""
    values, said = target.read_sensors(config, board_name)
    for line, is_fault in reading_lines(config, values, said):
        yield Finding("sensors", not is_fault, line, _WIRES if is_fault else "")
    yield _battery(config, values)


def _battery(config, values):
    for section, found in by_sensor(config, values):
        if section["driver"] == "battery" and 0 in found:
            volts = found[0] / 10 ** section["channels"][0][2]
            is_right = volts >= _EMPTY_V
            return Finding("battery", is_right, f"{volts:.2f} V", "" if is_right else _BATTERY)
    return Finding("battery", None, "no voltage is measured")


def network_findings(target, config):
    """Yield the Findings about a HostConfig's network, on a DoctorPort that has its `link`."""
    try:
        network, dbm, (address, _, router, name_server) = target.join()
    except StepError as error:
        yield _failed("Wi-Fi", error, _NEARER)
        for check in ("signal", "address", "names", "time", "certificate", "server"):
            yield Finding(check, None, "needs Wi-Fi")
        return
    yield Finding("Wi-Fi", True, network)
    is_strong = dbm >= _WEAK_DBM
    yield Finding("signal", is_strong, f"{dbm} dBm", "" if is_strong else _NEARER)
    text = f"{address}, router {router}, name server {name_server}"
    yield Finding("address", True, text)
    for host in _hosts(config):
        yield _name(target, host)
    yield _time(target)
    for uplink in config.typed["uplink"]:
        yield from _server(target, uplink, config.typed["node"]["name"])


def _failed(check, error, remedy):
    """Return the Finding for a failed step; faults that the node reports have remedies."""
    fault = fault_of(str(error))
    return Finding(check, False, str(error), fault.remedy if fault else remedy)


def _hosts(config):
    """Return the hosts that a node resolves, without duplicates."""
    servers = [urlsplit(uplink["endpoint"]).hostname for uplink in config.typed["uplink"]]
    return dict.fromkeys([*servers, *config.typed["time"]["sntp"]])


def _name(target, host):
    try:
        return Finding("names", True, f"{host} is {target.address(host)}")
    except StepError as error:
        return _failed("names", f"{host}: {error}", "correct the host, or check the router")


def _time(target):
    try:
        true_s = target.true_ms() / 1000 + UNIX_2000_S
    except StepError as error:
        return _failed("time", error, _NO_TIME)
    off_s = abs(true_s - time.time())
    is_right = off_s <= _CLOCK_OFF_S_MAX
    text = f"the time server and this computer are {off_s:.1f} s apart"
    return Finding("time", is_right, text, "" if is_right else _CLOCK)


def _server(target, uplink, name):
    """Yield the Findings about an uplink: its certificate and its answer to a test point."""
    label, secure = uplink["label"], uplink["endpoint"].startswith("https:")
    try:
        answer = target.exchange(*trial_point.request_of(uplink, name), uplink["ca"])
    except StepError as error:
        if any(word in str(error) for word in _OF_CERTIFICATES):
            yield _failed("certificate", f"{label}: {error}", "correct `endpoint` or `ca`")
            yield Finding("server", None, f"{label}: needs a valid certificate")
        else:
            yield Finding("certificate", None, f"{label}: no connection")
            yield _failed("server", f"{label}: {error}", _NO_ANSWER)
        return
    seen = "right" if secure else "none: plain http"
    yield Finding("certificate", True if secure else None, f"{label}: {seen}")
    is_right, text, remedy = trial_point.judged(uplink, answer)
    yield Finding("server", is_right, f"{label}: {text}", remedy)
