"""Telemetry Harbor ingest API v1, the former name of Harbor: single points and batches.

All four members are required, and one bad item refuses the whole batch. Member names match in any
letter case; unknown ones are ignored. Sources: the vendor's documentation of v1 (the doubled
`ingest/ingest`, and an enterprise batch URL printed with two slashes) and recorded answers of
HarborScale/telemetry-harbor-oss c3f9fa0, the only commit that served v1.
"""

from dataclasses import dataclass
from functools import partial

from wherry_host.server.dialect import Answer, Intake, Route, whole_text
from wherry_host.server.dialects.harbor import forms
from wherry_host.server.dialects.harbor.keys import MISSING, UNKNOWN, KeyedApi
from wherry_host.server.dialects.harbor.points import (
    NAME_SIZE_MAX,
    first_item,
    has_nul,
    has_unstorable_time,
    text_in,
    to_number,
)
from wherry_host.server.rfc3339 import YEAR_ONE_US, parse_us
from wherry_host.server.strict_json import decode

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
    """The properties of one kind of v1 server; `invalid` is its status for a bad structure."""

    bases: tuple
    slashes: tuple
    key_wrong: int
    invalid: int


PROFILES = {
    # The cloud accepts the documented path, in which `ingest` is doubled, and the path with a
    # single `ingest`, which was in service for a month.
    "cloud": Profile(
        ("/api/v1/ingest/ingest/{harbor_id}", "/api/v1/ingest/{harbor_id}"), ("", "/"), 403, 422
    ),
    "oss": Profile(("/api/v1/ingest",), ("",), 401, 400),
}


class HarborV1(KeyedApi):
    """The ingest API v1."""

    name = "harbor_v1"
    prefix = "/api/v1/ingest"
    profiles = PROFILES

    def routes(self):
        """Return the routes; in the cloud profile, each path begins with one slash or two."""
        readers = {"": self._read_single, "/batch": self._read_batch}
        return [
            Route(slash + base + path, partial(self._read, reader))
            for path, reader in reversed(readers.items())
            for base in self._profile.bases
            for slash in self._profile.slashes
        ]

    def refusal(self, status):
        """Return this API's answer for a status that a fault or a limit requires."""
        message = _MESSAGES.get(status, "Error")
        return self.unfit(status, message) if status == 413 else _answer(status, message)

    def unfit(self, status, details):
        """Return the answer to input that is refused before it is a request."""
        reported = {"status_code": status, "message": details}
        return Answer(status, reported, {"connection": "close"})

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return _answer(404, f"Cannot {method} {path}")

    def method_not_allowed(self, allowed):
        """Return the answer to a known path that is requested with another method."""
        refused = _answer(405, "Method Not Allowed")
        refused.headers["allow"] = allowed
        return refused

    def sender(self, request, body):
        """Return the ship of a body's first point."""
        return text_in(_members(first_item(body)), "ship_id")

    def _read(self, reader, request, body, now_us):
        fault = forms.fault(request.headers, body)
        refused = self.unfit(400, fault) if fault else self._refuse_key(request)
        if refused:
            return refused
        try:
            return reader(body, now_us)
        except ValueError:
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
        point = _point(_of(dict, decode(body)) or {})
        if point is None:
            return self.refusal(self._profile.invalid)
        ship, cargo = point[:2]
        reported = {"cargo_id": cargo, "ship_id": ship, "status": "Data received and queued"}
        return _queued([point], lambda count: reported, "Failed to prepare data for queue")

    def _read_batch(self, body, now_us):
        if not self._batch_bucket.take(now_us):
            return self.refusal(429)
        items = _of(list, decode(body))
        if not items:
            return _answer(400, "Batch cannot be empty")
        limit = self.batch_count_max
        if limit is not None and len(items) > limit:
            return _answer(400, f"Batch of {len(items)} points exceeds the plan's {limit}")
        points = [_point(_of(dict, item) or {}) for item in items]
        if None in points:
            return self.refusal(self._profile.invalid)
        status = "Batch data received and queued"
        failed = "Failed to prepare batch data"
        return _queued(points, lambda count: {"count": count, "status": status}, failed)


def _answer(status, message):
    return _reported(status, {"status_code": status, "message": message})


def _reported(status, body):
    return Answer(status, body, {"vary": "Origin"})


def _queued(points, reported, failed):
    """Return an Intake of points, or an answer if the official server stores none of them."""
    if has_unstorable_time(points):
        return _answer(500, failed)
    if has_nul(points):
        # The points are queued, but then the database refuses all of them.
        return Intake([], lambda _: _reported(200, reported(len(points))))
    return Intake(points, lambda count: _reported(200, reported(count)))


def _of(form, content):
    """Return the content, or None for null; raises ValueError if it has another form."""
    if content is not None and not isinstance(content, form):
        raise ValueError(f"{form.__name__} expected")
    return content


def _point(item):
    """Return (ship, cargo, time_us, value), or None if a member is missing, empty or too long.

    The first instant of year 1 counts as missing. Raises ValueError if a member has a wrong type.
    """
    members = _members(item)
    time, ship, cargo, value = (members.get(name) for name in _MEMBERS)
    _expect_types((time, ship, cargo), value)
    time_us = YEAR_ONE_US if time is None else parse_us(time)
    if time_us is None:
        raise ValueError(f"{time}: not RFC 3339")
    number = to_number(value)
    if time_us == YEAR_ONE_US or number is None or not ship or not cargo:
        return None
    ship, cargo = whole_text(ship), whole_text(cargo)
    if len(ship) > NAME_SIZE_MAX or len(cargo) > NAME_SIZE_MAX:
        return None
    return ship, cargo, time_us, number


def _members(item):
    return {name.lower(): value for name, value in item.items()}


def _expect_types(texts, value):
    if any(text is not None and not isinstance(text, str) for text in texts):
        raise ValueError("text expected")
    if isinstance(value, bool) or not isinstance(value, (int, float, type(None))):
        raise ValueError("number expected")
