"""Valid requests of every dialect and of the admin API, as parts that can be mutated."""

import json
import time
from dataclasses import dataclass, field, replace
from gzip import compress
from urllib.parse import urlsplit

from support.server.here_login import login_header
from wherry_host.server.dialects.here import DEVICE as HERE_DEVICE
from wherry_host.server.dialects.here import TRACKING_ID as HERE_TRACKING_ID
from wherry_host.server.dialects.sensocan import DEVICE as SENSOCAN_DEVICE

_UUID = "0d3b8a51-9c1e-4f60-8a2b-5d9e7c4f1a2b"


@dataclass
class Request:
    """One request; `headers` are [name, value] in bytes, without Host and Content-Length.

    Headers that `framing` adds, and a raw request cut at `cut`, may leave the server waiting.
    """

    method: bytes
    target: bytes
    headers: list = field(default_factory=list)
    body: bytes = b""
    host: bytes = b""
    framing: list | None = None
    cut: int | None = None

    def copy(self):
        """Return a copy whose headers can be changed independently."""
        return replace(self, headers=[list(header) for header in self.headers])

    @property
    def is_whole(self):
        """Return True if the server can see where the request ends."""
        head = self.octets().partition(b"\r\n\r\n")[0]
        lines = head.replace(b"\r\n", b"")
        is_plain = b"\r" not in lines and b"\n" not in lines
        return self.framing is None and self.cut is None and is_plain

    def octets(self):
        """Return the bytes sent over the wire."""
        length = [[b"Content-Length", b"%d" % len(self.body)]]
        framing = length if self.framing is None else self.framing
        headers = [[b"Host", self.host], *self.headers, *framing]
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in headers]
        return (b"\r\n".join(lines) + b"\r\n\r\n" + self.body)[: self.cut]


def _request(method, target, content=None, **headers):
    given = [[name.replace("_", "-").encode(), value.encode()] for name, value in headers.items()]
    body = b"" if content is None else json.dumps(content).encode()
    if content is not None:
        given.append([b"Content-Type", b"application/json"])
    return Request(method.encode(), target.encode(), given, body)


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def harbor(service):
    """Return the requests of Harbor v2, its webhook and v1."""
    base, v1 = (
        urlsplit(each).path
        for each in (service.endpoint, service.summary()["harbor_v1"]["endpoint"])
    )
    key = {"X_API_Key": service.api_key}
    v1_key = {"X_API_Key": service.accounts["harbor_v1"].api_key}
    strict = {"ship_id": "s", "cargo_id": "c", "value": 21.5, "time": _now()}
    flat = {"ship_id": "s", "time": _now(), "temperature": 21.5, "humidity": "40"}
    uplink = {
        "end_device_ids": {"device_id": "lora-1"},
        "received_at": _now(),
        "uplink_message": {
            "decoded_payload": {"temperature": 21.5, "time": _now()},
            "rx_metadata": [{"rssi": -90, "snr": 7.5}],
            "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}},
        },
    }
    packed = _request("POST", base + "/batch", [strict, flat], **key, Content_Encoding="gzip")
    packed.body = compress(packed.body)
    return [
        _request("POST", base, strict, **key),
        _request("POST", base, flat, **key),
        _request("POST", base + "/batch", [strict, flat, strict], **key),
        packed,
        _request("POST", base + "/ttn", uplink, **key),
        _request("GET", "/healthz"),
        _request("POST", v1, strict, **v1_key),
        _request("POST", v1 + "/batch", [strict, strict], **v1_key),
    ]


def sensocan(service):
    """Return the requests of SensoCan."""
    device = f"/api/v1/devices/{SENSOCAN_DEVICE}"
    (known,) = service.apis["sensocan"].devices.values()
    sensor = f"{device}/sensors/{known.sensors['temperature']}/readings"
    token = {"Authorization": f"Bearer {known.token}"}
    reading = {"value": 21.5, "timestamp": _now()}
    item = {**reading, "sensor_slug": "temperature"}
    return [
        _request("POST", sensor, {"data": reading, "battery_voltage": 3.9}, **token),
        _request("POST", sensor + "/bulk", {"data": [reading, reading]}, **token),
        _request("POST", device + "/readings", {"data": [item, item]}, **token),
    ]


def here(service, nonce):
    """Return the requests of HERE Tracking, including its login, whose nonce is valid once."""
    device = service.accounts["here"].devices()[HERE_DEVICE]
    now_s = service.clock.now_us() // 1_000_000
    url = f"{service.url}/v2/token"
    login = login_header(url, HERE_DEVICE, device.secret, nonce, now_s)
    tokens = service.apis["here"].tokens
    # Another login at the same time, whose token the other requests send.
    header = login_header(url, HERE_DEVICE, device.secret, nonce + "-own", now_s)
    token = {"Authorization": "Bearer " + tokens.log_in(header, [url], service.clock.now_us())}
    owner = {"Authorization": f"Bearer {service.accounts['here'].user_token}"}
    item = {
        "id": "1",
        "timestamp": now_s * 1000,
        "position": {"lat": 52.5, "lng": 13.4, "accuracy": 5, "heading": 9, "speed": 3},
        "scan": {
            "wlan": [{"mac": "02:00:00:00:00:01", "powrx": -60}],
            "bt": [{"rss": -70, "mac": "02-00-00-00-00-02"}],
            "gsm": [{"mcc": 262, "mnc": 1, "lac": 1, "cid": 2, "nmr": [{"bsic": 1, "bcch": 2}]}],
            "lte": [{"mcc": 262, "mnc": 1, "cid": 2, "nmr": [{"pci": 1, "earfcn": 2}]}],
        },
        "payload": {"temperature": 21.5, "log": [[now_s * 1000, "humidity", 40]]},
        "system": {"client": {"manufacturer": "wherry", "version": "0.2.0"}},
    }
    shadow = f"/shadows/v2/{HERE_TRACKING_ID}"
    return [
        _request("POST", "/v2/token", Authorization=login),
        _request("POST", "/v2/", [item, item], **token, X_Request_Id=_UUID),
        _request("POST", "/v2/?async=true", [item], **token, X_Request_Id=_UUID),
        _request("POST", "/device-http/v2", [{"timestamp": now_s * 1000}], **token),
        _request("GET", "/v2/timestamp"),
        _request("GET", "/v2/health"),
        _request("GET", shadow, **owner),
        _request("PUT", shadow, {"payload": {"sample_every_min": 5}}, **owner),
        _request("GET", f"/traces/v2/{HERE_TRACKING_ID}", **owner),
    ]


def admin(service):
    """Return the requests of the admin API, except the one that stops the server."""
    token = {"Authorization": f"Bearer {service.admin_token}"}
    status = {"kind": "status", "status": 429, "retry_after_s": 3, "api": "harbor_v2", "times": 2}
    moved = {"kind": "status", "status": 301, "location": "http://127.0.0.1:9/x"}
    poison = {"kind": "poison", "channel": "c", "value": 21.5, "probability": 0.5}
    wire = {"kind": "dribble", "direction": "up", "after_size": 9, "interval_ms": 0.5, "size": 99}
    time_server = {"kiss": "RATE", "stratum": 3, "offset_ms": -2.5, "delay_in_ms": 0.5}
    return [
        _request("GET", "/admin", **token),
        _request("GET", "/admin/faults", **token),
        _request("PUT", "/admin/faults", [status, moved, poison, wire], **token),
        _request("POST", "/admin/faults", moved, **token),
        _request("POST", "/admin/faults", {"kind": "garbage", "size": 99}, **token),
        _request("DELETE", "/admin/faults", **token),
        _request("PUT", "/admin/sntp", time_server, **token),
        _request("PUT", "/admin/dns", {"aliases": 2, "wrong_id": True}, **token),
        _request("GET", "/admin/points", **token),
        _request("GET", "/admin/requests?count=3", **token),
        _request("DELETE", "/admin/connections", **token),
        _request("POST", "/admin/shutdown"),
    ]


def families(service, nonce):
    """Return the requests of Harbor, of SensoCan, of HERE and of the admin API."""
    found = harbor(service), sensocan(service), here(service, nonce), admin(service)
    for family in found:
        url = service.admin_url if family is found[-1] else service.url
        for request in family:
            request.host = urlsplit(url).netloc.encode()
    return found
