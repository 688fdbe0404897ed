"""Harbor Scale ingest API v2: the paths and checks of single points, batches and webhooks.

A profile holds the differences between the cloud service and the open-source server. Sources: the
vendor's documentation and recorded answers of HarborScale/telemetry-harbor-oss a9ff22b. Where the
cloud's body is undocumented, the open-source server's body is used.
"""

from dataclasses import dataclass
from functools import partial

from wherry_host.server.dialect import Intake, Route
from wherry_host.server.dialects.harbor import answers, forms
from wherry_host.server.dialects.harbor.keys import MISSING, UNKNOWN, KeyedApi
from wherry_host.server.dialects.harbor.points import Points, first_item, has_nul, text_in
from wherry_host.server.dialects.harbor.ttn import read_uplink, sender_of
from wherry_host.server.strict_json import decode

# The errors of the official server's framework for bodies of unsupported content types.
_NO_STRUCT = "failed to decode: schema: interface must be a pointer to struct"
_NOT_JSON = {
    "application/x-www-form-urlencoded": _NO_STRUCT,
    forms.KIND: _NO_STRUCT,
    "application/xml": "failed to unmarshal: EOF",
    "text/xml": "failed to unmarshal: EOF",
}


@dataclass(frozen=True)
class Profile:
    """The properties in which one kind of Harbor server differs from another."""

    base: str
    batch_status: int
    key_missing_status: int


PROFILES = {
    "cloud": Profile("/api/v2/ingest/{harbor_id}", batch_status=202, key_missing_status=401),
    "oss": Profile("/api/v2/ingest", batch_status=200, key_missing_status=403),
}


class Harbor(KeyedApi):
    """The ingest API v2."""

    name = "harbor_v2"
    prefix = "/api/v2"
    profiles = PROFILES
    for_other_paths = True

    def routes(self):
        """Return the routes; the official server accepts a trailing slash as well."""
        readers = {"": self._read_single, "/batch": self._read_batch, "/ttn": _read_ttn}
        return [
            Route(self._profile.base + path + slash, partial(self._read, reader))
            for path, reader in readers.items()
            for slash in ("", "/")
        ] + [Route("/healthz", _read_health, "GET")]

    def refusal(self, status):
        """Return this API's answer for a status that a fault or a limit requires."""
        return answers.refusal(status)

    def unfit(self, status, details):
        """Return the answer to input that is refused before it is a request."""
        return answers.unfit(status, details)

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return answers.not_found(method, path)

    def method_not_allowed(self, allowed):
        """Return the answer to a known path that is requested with another method."""
        return answers.method_not_allowed(allowed)

    def sender(self, request, body):
        """Return the ship of a body's first point, or the device of a webhook's message."""
        item = first_item(body)
        return text_in(item, "ship_id") or sender_of(item)

    def _read(self, reader, request, body, now_us):
        fault = forms.fault(request.headers, body)
        if fault:
            return answers.unfit(400, fault)
        return self._refuse_key(request) or reader(request, body, now_us)

    def _refuse_key(self, request):
        fault = self._key_fault(request)
        if fault == UNKNOWN:
            return answers.not_found(request.method, request.scope["path"])
        if fault == MISSING:
            return answers.key_missing(self._profile.key_missing_status)
        return answers.refusal(401) if fault else None

    def _read_single(self, request, body, now_us):
        if not self._single_bucket.take(now_us):
            return answers.refusal(429)
        points = Points(now_us)
        try:
            reason = points.add(_object(_parse(request, body)))
        except ValueError as error:
            return answers.unreadable(f"Could not parse JSON: {error}")
        if reason:
            return answers.invalid(reason)
        return _judge(points, 200) if points.rows else answers.no_number()

    def _read_batch(self, request, body, now_us):
        if not self._batch_bucket.take(now_us):
            return answers.refusal(429)
        points = Points(now_us, in_batch=True)
        try:
            items = _array(_parse(request, body))
            refused = self._refuse_count(len(items)) or _add_items(points, items)
        except ValueError as error:
            return answers.unreadable(f"Expected a JSON array: {error}")
        return refused or _judge(points, self._profile.batch_status)

    def _refuse_count(self, count):
        if count == 0:
            return answers.unreadable("Batch cannot be empty.")
        limit = self.batch_count_max
        if limit is not None and count > limit:
            return answers.batch_refused(f"Batch of {count} points exceeds the plan's {limit}")
        return None


def _judge(points, status):
    if not points.rows:
        return answers.refusal(500)
    faults = points.faults()
    if faults:
        return answers.invalid(faults)
    if points.has_unstorable():
        return answers.unstorable()
    ship = points.rows[0][0]
    if has_nul(points.rows):
        # The request is queued, but then the database refuses all of its points.
        return Intake([], lambda _: answers.queued(status, len(points.rows), ship))
    return Intake(points.rows, lambda count: answers.queued(status, count, ship))


def _read_ttn(request, body, now_us):
    return read_uplink(body, now_us)


def _read_health(request, body, now_us):
    return answers.answer(200, status="healthy")


def _parse(request, body):
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].lower()
    if kind.endswith("json"):
        return decode(body)
    if kind == forms.KIND and not forms.boundary_of(content_type):
        raise ValueError(forms.NO_BOUNDARY)
    raise ValueError(_NOT_JSON.get(kind, "Unprocessable Entity"))


def _add_items(points, items):
    for item in items:
        _object(item)
    for index, item in enumerate(items):
        reason = points.add(item)
        if reason:
            return answers.batch_refused(f"Error in item index {index}: {reason}")
    return None


def _object(content):
    if content is not None and not isinstance(content, dict):
        raise ValueError(_mismatch(content, "map[string]interface {}"))
    return content


def _array(content):
    if content is not None and not isinstance(content, list):
        raise ValueError(_mismatch(content, "[]map[string]interface {}"))
    return content or []


def _mismatch(content, wanted):
    names = {list: "array", dict: "object", str: "string", bool: "bool"}
    seen = names.get(type(content), "number")
    return f"json: cannot unmarshal {seen} into Go value of type {wanted}"
