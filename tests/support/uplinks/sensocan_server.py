"""A few lines of SensoCan for tests of lib/: every request is compared with the API's page.

Source: docs/protocols/sensocan.md. A request that breaks it fails the test immediately.
"""

import json

from support.uplinks.harbor_server import respond
from support.uplinks.request_parts import parts

DEVICE = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
TOKEN = "token-1"
BASE = "https://h.test/api/v1"
NOT_FOUND = {"message": "Device not found."}


class SensocanServer:
    """`points` has (sensor, timestamp, value) in the order of arrival, with duplicates.

    `forms` has the form of each request, `sensors` maps known slugs to UUIDs. `unknown` is the
    answer to a batch with an unknown sensor: 404, 422, or 0, which leaves that reading out.
    `refuse(item)` returns the faults of an item as {field: sentence}. Each of `statuses` answers
    one request before normal answers begin. `left` is how many more requests are allowed this
    minute.
    """

    def __init__(self, sensors):
        self.sensors = sensors
        self.points = []
        self.forms = []
        self.bodies = []
        self.voltages = []
        self.statuses = []
        self.unknown = 404
        self.refuse = lambda item: {}
        self.left = 1000
        self.lost = 0
        self.token = TOKEN

    def exchange(self, request, deadline=0, ca=()):
        """Take a request as the link does; return the answer or raise OSError."""
        method, url, headers, size, body = parts(request)
        text = b"".join([bytes(piece) for piece in body])
        assert len(text) == size, (len(text), size)
        content = json.loads(text.decode())
        form, sensor = check_request(method, url, dict(headers), content)
        self.forms.append(form)
        self.bodies.append(text)
        status, answer = self._answer(form, sensor, dict(headers), content)
        if self.lost:
            self.lost -= 1
            raise OSError("the answer was lost")
        return respond(status, answer, "X-RateLimit-Remaining: %d\r\n" % max(0, self.left))

    def _answer(self, form, sensor, headers, content):
        if self.statuses:
            return self.statuses.pop(0), {"message": "x"}
        if headers["Authorization"] != "Bearer " + self.token:
            return 401, {"message": "Unauthenticated."}
        self.left -= 1
        if self.left < 0:
            return 429, {"message": "Too Many Requests"}
        items = [content["data"]] if form == "single" else content["data"]
        known = list(self.sensors.values())
        if form != "batch" and sensor not in known:
            return 404, NOT_FOUND
        errors = {}
        points = []
        for i, item in enumerate(items):
            place = "data" if form == "single" else "data.%d" % i
            for field, sentence in self.refuse(item).items():
                errors["%s.%s" % (place, field)] = [sentence]
            uuid = sensor or item.get("sensor_uuid") or self.sensors.get(item["sensor_slug"])
            if uuid in known:
                points.append((uuid, item["timestamp"], item["value"]))
            elif self.unknown == 404:
                return 404, NOT_FOUND
            elif self.unknown == 422:
                errors[place + ".sensor_slug"] = ["The selected sensor is invalid."]
        if errors:
            return 422, {"message": "Validation failed.", "errors": errors}
        self.points += points
        if "battery_voltage" in content:
            self.voltages.append(content["battery_voltage"])
        return 201, _reported(form, sensor, len(points))

    def copies(self):
        """Return how many points were stored again."""
        return len(self.points) - len(set(self.points))


def _reported(form, sensor, count):
    if form == "single":
        return {"message": "Reading stored successfully.", "sensor": sensor}
    if form == "bulk":
        text = "Successfully stored %d readings." % count
        return {"message": text, "sensor": sensor, "count": count}
    return {"message": "Successfully processed %d readings." % count, "count": count}


def check_request(method, url, headers, content):
    """Check a request against the API's page; return its form and the sensor in its address."""
    assert method == "POST" and headers["Content-Type"] == "application/json"
    assert headers["Authorization"].startswith("Bearer ")
    begin = BASE + "/devices/" + DEVICE
    assert url.startswith(begin), url
    parts = url[len(begin) :].split("/")[1:]
    assert set(content) <= {"data", "battery_voltage"}, content
    if "battery_voltage" in content:
        assert is_number(content["battery_voltage"]) and 0 <= content["battery_voltage"] <= 100
    data = content["data"]
    if parts == ["readings"]:
        form, sensor = "batch", None
    else:
        form = {"readings": "single", "readings/bulk": "bulk"}["/".join(parts[2:])]
        sensor = parts[1]
        assert parts[0] == "sensors" and len(sensor) == 36 and sensor.count("-") == 4, url
    if form == "single":
        _check_item(data, {"value", "timestamp"})
        return form, sensor
    assert type(data) is list and 1 <= len(data) <= 100, len(data)
    for item in data:
        members = {"value", "timestamp"}
        if form == "batch":
            members.add("sensor_uuid" if "sensor_uuid" in item else "sensor_slug")
        _check_item(item, members)
    return form, sensor


def _check_item(item, members):
    assert type(item) is dict and set(item) == members, item
    assert is_number(item["value"]), item
    for member in members - {"value", "timestamp"}:
        assert type(item[member]) is str and item[member], item
    if "sensor_uuid" in item:
        assert len(item["sensor_uuid"]) == 36, item
    _check_time(item["timestamp"])


def _check_time(text):
    assert type(text) is str and len(text) in (20, 24), text
    form = "".join(["0" if c.isdigit() else c for c in text])
    assert form in ("0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000Z"), text


def is_number(value):
    """Return True if the value was a number in JSON."""
    return type(value) in (int, float)
