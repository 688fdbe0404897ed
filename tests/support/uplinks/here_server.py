"""A few lines of HERE Tracking for tests of lib/: real request bytes in, real answers out.

The rules for an item are written here by hand, from the vendor's description.
"""

import json

from support.uplinks.request_parts import parts
from wherry.http.head import prepare
from wherry.http.response import ResponseReader
from wherry.uplinks.here.dialect import ANSWER_SIZE_MAX
from wherry.uplinks.here.oauth import authorization

DEVICE = "9d9c31be-dd5d-40b1-95af-7d5375c39561"
SECRET = "vHrFUhnxo0hxw2VqR5OXBBnvjeTK0T8etmws8HZ9dvw"
SIGNED = "https://tracking.api.here.com"
UNIX_S = 946684800

_SENSORS = {
    "temperatureC": (-70, 100), "relativeHumidity": (0, 100), "pressureHpa": (300, 1500),
    "batteryLevel": (0, 100), "accelerationG": (-100, 100), "tiltDegree": (-360, 360),
}  # fmt: skip
_FLAGS = ("batteryIsCharging", "deviceIsAttached", "deviceIsStationary", "deviceIsTampered")
_CLIENT = {
    "manufacturer": (2, 50), "model": (1, 50), "firmware": (1, 150), "name": (3, 50),
    "platform": (3, 50), "version": (3, 60),
}  # fmt: skip
_HEX = "0123456789abcdef"


class HereServer:
    """`points` holds {(Unix ms, channel): value}; `copies` is how many points came again.

    `items` has all items, and `now_s` is the server's time in seconds since 2000. Each of
    `answers`, (status, body, headers), answers one request before normal answers begin.
    `refuse(item)` returns True for an item for which its body is refused. `window_s` is how far an
    item's stamp may be from the server's time, or None for no limit. `desired` is the shadow that
    a device gets.
    """

    def __init__(self, now_s):
        self.now_s = now_s
        self.points = {}
        self.copies = self.logins = 0
        self.items = []
        self.paths = []
        self.answers = []
        self.nonces = []
        self.request_ids = []
        self.refuse = lambda item: False
        self.window_s = 10
        self.token = None
        self.expires_s = 86_399
        self.desired = {"system": {"stateVersion": 0, "lastModifiedGeofenceTimestamp": 0}}
        self.body = b""
        self.lost = 0

    def exchange(self, request):
        """Take a request as the link does; return the answer or raise OSError."""
        method, _, headers, size, body = parts(request)
        head = prepare(request)[1].decode()
        self.body = b"".join([bytes(piece) for piece in body])
        assert len(self.body) == (size or 0), (len(self.body), size)
        path = head.split(" ")[1]
        self.paths.append("%s %s" % (method, path))
        if self.answers:
            status, answer, more = self.answers.pop(0)
            return respond(status, answer, more)
        answer = self._take(method, path, dict(headers))
        if self.lost and path.startswith("/v2/?") | (path == "/v2/"):
            self.lost -= 1
            raise OSError("the answer was lost")
        return answer

    def _take(self, method, path, headers):
        if path == "/v2/timestamp":
            assert method == "GET"
            return respond(200, {"timestamp": self.now_s + UNIX_S})
        assert method == "POST", method
        if path == "/v2/token":
            return self._log_in(headers["Authorization"])
        assert path in ("/v2/", "/v2/?async=true"), path
        assert headers["Content-Type"] == "application/json"
        self._check_request_id(headers["X-Request-Id"])
        if self.token is None or headers["Authorization"] != "Bearer " + self.token:
            return respond(401, {"error": "Unauthorized", "code": 401, "id": "x"})
        items = json.loads(self.body.decode())
        assert type(items) is list and items
        for item in items:
            check_item(item)
            off_ms = abs(item["timestamp"] - (self.now_s + UNIX_S) * 1000)
            late = self.window_s is not None and off_ms > self.window_s * 1000
            if late or self.refuse(item):
                return respond(400, {"error": "Bad request", "code": 400, "id": "x"})
        self._check_payloads(items)
        self.items += items
        for item in items:
            self._keep(item)
        return respond(204, {}) if path.endswith("true") else respond(200, self.desired)

    def _log_in(self, header):
        assert header.startswith("OAuth ") and not self.body
        given = dict([part.split("=", 1) for part in header[6:].split(",")])
        nonce = given["oauth_nonce"].strip('"')
        assert nonce not in self.nonces and len(nonce) > 15
        self.nonces.append(nonce)
        s = int(given["oauth_timestamp"].strip('"'))
        if abs(s - UNIX_S - self.now_s) > 10:
            more = "x-here-timestamp: %d\r\n" % (self.now_s + UNIX_S)
            return respond(401, {"error": "Unauthorized", "code": 401, "id": "x"}, more)
        signed = authorization("POST", SIGNED + "/v2/token", DEVICE, SECRET, nonce, s)
        if header != signed:
            return respond(401, {"error": "Unauthorized", "code": 401, "id": "x"})
        self.logins += 1
        self.token = "h1.%d.%s" % (self.logins, "x" * 800)
        return respond(200, {"accessToken": self.token, "expiresIn": self.expires_s})

    def _check_request_id(self, text):
        assert [len(part) for part in text.split("-")] == [8, 4, 4, 4, 12], text
        assert text[14] == "4" and text[19] in "89ab", text
        assert all(c in _HEX for c in text.replace("-", "")), text
        assert text not in self.request_ids
        self.request_ids.append(text)

    def _check_payloads(self, items):
        """Check payloads in the original text, because parsing loses their length."""
        stamps = [item["timestamp"] for item in items]
        assert len(set(stamps)) == len(stamps), stamps
        parts = self.body.split(b',"payload":')
        for part in parts[1:]:
            text = part[: _end(part)]
            json.loads(text.decode())
            assert len(text) <= 1000, len(text)

    def _keep(self, item):
        payload = item.get("payload", {})
        found = [(item["timestamp"], name, payload[name]) for name in payload if name != "log"]
        for ms, name, value in found + [tuple(entry) for entry in payload.get("log", ())]:
            if type(value) in (int, float):
                assert type(ms) is int and type(name) is str
                self.copies += (ms, name) in self.points
                self.points[(ms, name)] = value


def respond(status, answer, headers="", body=None):
    """Return the reader of an answer with a JSON body, or with the bytes of `body`."""
    body = json.dumps(answer).encode() if body is None else body
    head = "HTTP/1.1 %d x\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers)
    reader = ResponseReader(ANSWER_SIZE_MAX)
    reader.feed(head.encode() + body)
    assert reader.done
    return reader


def _end(text):
    """Return the end of the object at the start of `text`; its strings must not contain braces."""
    depth = 0
    for i in range(len(text)):
        depth += (text[i] == 123) - (text[i] == 125)
        if not depth:
            return i + 1
    raise AssertionError("no end: %r" % text)


def check_item(item):
    """Refuse what HERE's description does not allow."""
    for name in item:
        assert name in ("timestamp", "payload", "position", "scan", "system"), name
    assert type(item["timestamp"]) is int and 2 <= item["timestamp"] <= 4102448400000
    assert type(item.get("payload", {})) is dict
    if "position" in item:
        _check_position(item["position"])
    system = item.get("system", {})
    assert type(system.get("stateVersion", 0)) is int and system.get("stateVersion", 0) >= 0
    client = system.get("client", {})
    for name in client:
        low, high = _CLIENT[name]
        assert low <= len(client[name]) <= high, client
    assert "version" not in client or client["version"].count(".") == 2
    sensors = system.get("reportedSensorData", {})
    for name in sensors:
        if name in _FLAGS:
            assert type(sensors[name]) is bool, sensors
        else:
            low, high = _SENSORS[name]
            assert low <= sensors[name] <= high, sensors
    assert type(sensors.get("batteryLevel", 0)) is int
    for entry in item.get("scan", {}).get("wlan", ()):
        assert type(entry["powrx"]) is int and -128 <= entry["powrx"] <= 0, entry
        assert len(entry["mac"].split(":")) == 6, entry


def _check_position(position):
    assert -90 <= position["lat"] <= 90 and -180 <= position["lng"] <= 180
    assert position["accuracy"] >= 0 and position["type"] == "gnss"
    for name, low, high in (
        ("speed", 0, 1000), ("heading", 0, 359), ("satellitecount", 1, 50),
        ("timestamp", 2, 4102448400000),
    ):  # fmt: skip
        value = position.get(name, low)
        assert type(value) is int and low <= value <= high, position
    assert ("speed" in position) == ("heading" in position), position
