"""Telemetry Harbor ingest API v1, the former name of Harbor: single points and batches.

All four members are required and one bad item refuses the whole batch; member names match in
any letter case, unknown ones are ignored. Sources: the vendor's documentation of v1 (the doubled
`ingest/ingest`, and an enterprise batch URL printed with two slashes) and recorded answers of
HarborScale/telemetry-harbor-oss c3f9fa0, its one commit that served v1.
"""

from dataclasses import dataclass
from functools import partial

from .dialect import Answer, Intake, Route, decode, whole_text
from .harbor_account import MISSING, UNKNOWN, HarborAccount
from .harbor_points import NAME_SIZE_MAX, to_number
from .rfc3339 import parse_us

_MEMBERS = ("time", "ship_id", "cargo_id", "value")
_MESSAGES = {
    400: "Validation Error",
    401: "Invalid API key",
    403: "Invalid API key",
    404: "Harbor not found",
    413: "Request Entity Too Large",
    422: "Validation Error",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


@dataclass(frozen=True)
class Profile:
    """What one kind of v1 server does differently; `invalid` is its status for bad structure."""

    bases: tuple
    key_wrong: int
    invalid: int


PROFILES = {
    # The slip in the printed URL, and the form without the doubling, which served for a month.
    "cloud": Profile(
        ("/api/v1/ingest/ingest/{harbor_id}", "/api/v1/ingest/{harbor_id}"), 403, 422
    ),
    "oss": Profile(("/api/v1/ingest",), 401, 400),
}


class _UnreadableError(ValueError):
    """The body is not JSON of the form that the path takes."""


class HarborV1(HarborAccount):
    """The dialect."""

    api = "harbor_v1"
    prefix = "/api/v1/ingest"
    profiles = PROFILES
    body_size_max = 4_194_304

    def routes(self):
        """Return the routes, each with one slash before it or two."""
        readers = {"": self._read_single, "/batch": self._read_batch}
        return [
            Route(slash + base + path, partial(self._read, reader))
            for path, reader in reversed(readers.items())
            for base in self._profile.bases
            for slash in ("", "/")
        ]

    def refusal(self, status):
        """Return this dialect's answer for a status that a fault or a limit asks for."""
        refused = _answer(status, _MESSAGES.get(status, "Error"))
        if status == 413:
            refused.headers["connection"] = "close"
        return refused

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return _answer(404, f"Cannot {method} {path}")

    def method_not_allowed(self, allowed):
        """Return the answer to a known path asked with another method."""
        refused = _answer(405, "Method Not Allowed")
        refused.headers["allow"] = allowed
        return refused

    def _read(self, reader, request, body, now_us):
        refused = self._refuse_key(request)
        if refused:
            return refused
        try:
            return reader(body, now_us)
        except _UnreadableError:
            return _answer(self._profile.invalid, "Invalid request body")

    def _refuse_key(self, request):
        fault = self._key_fault(request)
        if fault == UNKNOWN:
            return self.refusal(404)
        if fault == MISSING:
            return _answer(403, "API key is missing")
        return self.refusal(self._profile.key_wrong) if fault else None

    def _read_single(self, body, now_us):
        if not self._single_bucket.take(now_us):
            return self.refusal(429)
        point = _point(_parsed(body, dict))
        if point is None:
            return self.refusal(self._profile.invalid)
        ship, cargo = point[:2]
        told = {"cargo_id": cargo, "ship_id": ship, "status": "Data received and queued"}
        return Intake([point], lambda count: Answer(200, told))

    def _read_batch(self, body, now_us):
        if not self._batch_bucket.take(now_us):
            return self.refusal(429)
        items = _parsed(body, list)
        if not items:
            return _answer(400, "Batch cannot be empty")
        limit = self.batch_count_max
        if limit is not None and len(items) > limit:
            return _answer(400, f"Batch of {len(items)} points exceeds the plan's {limit}")
        points = [_point(_object(item)) for item in items]
        if None in points:
            return self.refusal(self._profile.invalid)
        status = "Batch data received and queued"
        return Intake(points, lambda count: Answer(200, {"count": count, "status": status}))


def _answer(status, message):
    return Answer(status, {"status_code": status, "message": message})


def _parsed(body, form):
    try:
        content = decode(body)
    except ValueError as error:
        raise _UnreadableError from error
    if not isinstance(content, form):
        raise _UnreadableError
    return content


def _object(item):
    if not isinstance(item, dict):
        raise _UnreadableError
    return item


def _point(item):
    """Return (ship, cargo, time_us, value), None where a member is missing, empty or too long.

    Raises _UnreadableError where one has another type than it should.
    """
    members = {name.lower(): value for name, value in item.items()}
    time, ship, cargo, value = (members.get(name) for name in _MEMBERS)
    _expect_types((time, ship, cargo), value)
    if time is None or value is None or not ship or not cargo:
        return None
    ship, cargo = whole_text(ship), whole_text(cargo)
    if len(ship) > NAME_SIZE_MAX or len(cargo) > NAME_SIZE_MAX:
        return None
    return ship, cargo, parse_us(time), to_number(value)


def _expect_types(texts, value):
    if any(text is not None and not isinstance(text, str) for text in texts):
        raise _UnreadableError
    time = texts[0]
    if time is not None and parse_us(time) is None:
        raise _UnreadableError
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise _UnreadableError
