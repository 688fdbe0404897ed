"""SensoCan HTTP API: single readings, bulks for one sensor, batches for many; a token per device.

Source: docs.sensocan.com/developer/http-api. It leaves some points open; here, a refused request
stores nothing, an unknown sensor in a batch is a 404 (`unknown_sensor` changes this), and equal
readings are stored again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from wherry_host.server.dialect import Answer, Api, Intake, Route, whole_text
from wherry_host.server.dialects.sensocan.checks import Faults, check_battery, check_reading
from wherry_host.server.strict_json import decode
from wherry_host.server.window_limit import WindowLimit

_MESSAGES = {
    401: "Unauthenticated.",
    404: "Device not found.",
    413: "Payload Too Large",
    422: "Validation failed.",
    429: "Too Many Requests",
    500: "Server Error",
    503: "Service Unavailable",
}
_UNKNOWN_SENSOR = ("404", "422", "skip")


@dataclass
class Device:
    """One device of the dashboard: its access token, and its sensors as {slug: uuid}."""

    token: str
    sensors: dict
    battery_voltage: float | None = None
    slugs: dict = field(init=False)

    def __post_init__(self):
        self.slugs = {uuid: slug for slug, uuid in self.sensors.items()}


@dataclass
class _Request:
    """The input for every path: the device's id, the device, the content, and the time in us."""

    uuid: str
    device: Device
    content: dict
    now_us: int
    faults: Faults = field(default_factory=Faults)


class SensoCan(Api):
    """The API; `devices` maps device UUIDs to `Device`s and may be changed while the API runs.

    `unknown_sensor` sets the answer to a batch with a sensor that the device lacks: "404", "422"
    or "skip" (a smaller count). `requests_per_min` is the rate limit per device.
    """

    name = "sensocan"
    prefix = "/api/v1/devices"

    def __init__(self, devices, unknown_sensor="404", requests_per_min=1000):
        if unknown_sensor not in _UNKNOWN_SENSOR:
            raise ValueError(f"unknown_sensor {unknown_sensor!r}: {', '.join(_UNKNOWN_SENSOR)}")
        self.devices = devices
        self.unknown_sensor = unknown_sensor
        self._limit = WindowLimit(requests_per_min, 60)

    def routes(self):
        """Return the routes."""
        device = "/api/v1/devices/{device_uuid}"
        sensor = device + "/sensors/{sensor_uuid}/readings"
        readers = {
            sensor: self._read_single,
            sensor + "/bulk": self._read_bulk,
            device + "/readings": self._read_batch,
        }
        return [Route(path, partial(self._read, reader)) for path, reader in readers.items()]

    def refusal(self, status):
        """Return this API's answer for a status that a fault or a limit requires."""
        return Answer(status, {"message": _MESSAGES.get(status, "Error")})

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return Answer(404, {"message": "Not Found"})

    def method_not_allowed(self, allowed):
        """Return the answer to a known path that is requested with another method."""
        message = f"The method is not supported for this route. Supported methods: {allowed}."
        return Answer(405, {"message": message}, {"allow": allowed})

    def sender(self, request, body):
        """Return the device's UUID, which each path has."""
        rest = request.scope["path"].partition(self.prefix + "/")[2]
        return rest.partition("/")[0]

    def _read(self, reader: Callable, request, body, now_us):
        uuid = request.path_params["device_uuid"]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or all(token != device.token for device in self.devices.values()):
            return self.refusal(401)
        device = self.devices.get(uuid)
        if device is None:
            return self.refusal(404)
        if device.token != token:
            return self.refusal(401)
        left = self._limit.take(uuid, now_us)
        if left is None:
            answer = self.refusal(429)
        else:
            asked = _Request(uuid, device, _content(body), now_us)
            answer = self._judge(reader, asked, request.path_params.get("sensor_uuid"))
        return _with_header(answer, left or 0)

    def _judge(self, reader, asked, sensor):
        voltage = check_battery(asked.content, asked.faults)
        answer = reader(asked, sensor)
        if isinstance(answer, Answer):
            return answer
        if asked.faults:
            reported = {"message": _MESSAGES[422], "errors": dict(asked.faults)}
            read = [point for point in answer.points if None not in point] if answer else []
            return Answer(422, reported, refused=read)
        if voltage is not None:
            asked.device.battery_voltage = voltage
        return answer

    def _read_single(self, asked, sensor):
        slug = asked.device.slugs.get(sensor)
        if slug is None:
            return self._sensor_not_found()
        data = asked.content.get("data")
        if not isinstance(data, dict):
            asked.faults.add("data", "The data field must be an object.")
            return None
        reading = check_reading(data, "data", asked.now_us, asked.faults)
        reported = {"message": "Reading stored successfully.", "sensor": sensor}
        return Intake([(asked.uuid, slug, *reading)], lambda count: Answer(201, reported))

    def _read_bulk(self, asked, sensor):
        slug = asked.device.slugs.get(sensor)
        if slug is None:
            return self._sensor_not_found()
        points = []
        for place, item in _items(asked):
            points.append(
                (asked.uuid, slug, *check_reading(item, place, asked.now_us, asked.faults))
            )
        return Intake(points, lambda count: Answer(201, _stored(count, sensor)))

    def _read_batch(self, asked, _):
        points, left_out = [], []
        for place, item in _items(asked):
            reading = check_reading(item, place, asked.now_us, asked.faults)
            slug = _slug(asked, place, item)
            if slug is None and self.unknown_sensor == "404":
                return self._sensor_not_found()
            if slug is None and self.unknown_sensor == "422":
                asked.faults.add(f"{place}.sensor_slug", "The selected sensor is invalid.")
            elif slug:
                points.append((asked.uuid, slug, *reading))
            elif slug is None:
                name = str(item.get("sensor_slug") or item.get("sensor_uuid"))
                left_out.append((asked.uuid, whole_text(name), *reading))
        accept = lambda count: Answer(201, _processed(count))  # noqa: E731
        return Intake(points, accept, left_out=left_out)

    def _sensor_not_found(self):
        return Answer(404, {"message": "Sensor not found."})


def _content(body):
    """Return the body's members; a body that is not a JSON object counts as an empty object."""
    try:
        content = decode(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _items(asked):
    """Yield (place, item) of the array `data`, after its errors have been noted."""
    data = asked.content.get("data")
    if not isinstance(data, list):
        asked.faults.add("data", "The data field must be an array.")
        return
    if not data:
        asked.faults.add("data", "The data field must have at least 1 items.")
    for index, item in enumerate(data):
        yield f"data.{index}", item if isinstance(item, dict) else {}


def _slug(asked, place, item):
    """Return the slug of a batch item's sensor, None if it is unknown, or "" if none is named."""
    slug, uuid = item.get("sensor_slug"), item.get("sensor_uuid")
    if slug is None and uuid is None:
        text = "The sensor_slug field is required when sensor_uuid is not present."
        asked.faults.add(f"{place}.sensor_slug", text)
        return ""
    if isinstance(slug, str):
        return whole_text(slug) if slug in asked.device.sensors else None
    return asked.device.slugs.get(uuid) if isinstance(uuid, str) else None


def _stored(count, sensor):
    return {"message": f"Successfully stored {count} readings.", "sensor": sensor, "count": count}


def _processed(count):
    return {"message": f"Successfully processed {count} readings.", "count": count}


def _with_header(answer, left):
    """Add a header with the number of requests left to an answer, or to an intake's answer."""
    if isinstance(answer, Answer):
        answer.headers["x-ratelimit-remaining"] = str(left)
        return answer
    accept = answer.accept
    answer.accept = lambda count: _with_header(accept(count), left)
    return answer
