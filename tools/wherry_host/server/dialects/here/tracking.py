"""HERE Tracking v2, the API for devices: time, token and items; and the owner's reads.

Sources: the vendor's reference of `POST /v2/` and its OpenAPI descriptions 2.1.192 and 2.6.11;
`/device-http/v2` is the path that the vendor's own JavaScript client calls. The time of an item
must be within ten seconds of now; `timestamp_window` "newest" requires this only of a body's
newest item, and "off" does not require it.
"""

import re
import uuid
from functools import partial

from pydantic import ValidationError

from wherry_host.server.dialect import Answer, Api, Intake, Route
from wherry_host.server.dialects.here.items import checked, points
from wherry_host.server.dialects.here.shadows import Places, Shadow
from wherry_host.server.dialects.here.tokens import CLOCK_OFF_MAX_S, LoginError, Tokens
from wherry_host.server.strict_json import decode, refuse_depth
from wherry_host.server.window_limit import WindowLimit

PUBLIC_URL = "https://tracking.api.here.com"
WINDOWS = ("strict", "newest", "off")
# The vendor states no limit; copying and encoding far deeper content would exceed the recursion
# limit.
_DEPTH_MAX = 100
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.I)
_ERRORS = {
    400: (
        "Bad request",
        "The request object is in an incorrect format or has values that are invalid or out of "
        "range.",
    ),
    401: ("Unauthorized", "The provided credentials are not valid."),
    403: ("Forbidden", "The account does not have the correct privileges."),
    404: ("Not Found", "The specified resource was not found."),
    405: ("Method Not Allowed", "The resource does not take this method."),
    412: ("Device has not been claimed.", None),
    413: ("Payload Too Large", "The request size exceeds the maximum size limit for payloads."),
    429: ("Too Many Requests", "Too Many Requests"),
    500: ("Internal Server Error", "Internal Server Error"),
    503: ("Service Unavailable", "Service Unavailable"),
}
_UNSIGNED = (
    "Invalid Authorization, the request lacks valid authentication credentials for the target "
    "resource."
)
# Statuses whose documented examples lack hereErrorCode.
_PLAIN = (405, 412, 429, 500, 503)


class Here(Api):
    """The API; `devices` maps device ids to `HereDevice`s and may be changed while the API runs.

    `strict` refuses unknown members and a missing X-Request-Id. `requests_per_min` is the plan's
    limit per device, or None. `places` resolves scans.
    """

    name = "here"
    prefix = "/v2", "/v3", "/device-http", "/shadows/", "/traces/"

    def __init__(
        self,
        devices,
        user_token,
        timestamp_window="strict",
        strict=False,
        token_lifetime_s=86_399,
        body_size_max=1_048_576,
        requests_per_min=None,
    ):
        if timestamp_window not in WINDOWS:
            raise ValueError(f"timestamp_window {timestamp_window!r}: {', '.join(WINDOWS)}")
        self.devices = devices
        self.timestamp_window = timestamp_window
        self.strict = strict
        self.body_size_max = body_size_max
        self.places = Places()
        self.tokens = Tokens(devices, f"{PUBLIC_URL}/v2/token", token_lifetime_s)
        self._user_token = user_token
        self._limit = requests_per_min and WindowLimit(requests_per_min, 60)
        self._limit_count = requests_per_min
        self._shadows = {}

    def routes(self):
        """Return the routes."""
        items = ("/v2/", "/v3/", "/device-http/v2", "/device-http/v2/")
        return [
            Route("/v2/timestamp", _read_time, "GET"),
            Route("/v2/health", _read_health, "GET"),
            Route("/v2/version", _read_version, "GET"),
            Route("/v2/token", self._read_login),
            *(Route(path, self._read_items) for path in items),
            Route("/shadows/v2/{tracking_id}", partial(self._read_owner, Shadow.shown), "GET"),
            Route("/shadows/v2/{tracking_id}", self._write_desired, "PUT"),
            Route("/traces/v2/{tracking_id}", partial(self._read_owner, _trace), "GET"),
        ]

    def shadow(self, tracking_id):
        """Return the `Shadow` of a tracked thing, or None if it is unknown."""
        known = {device.tracking_id for device in self.devices.values()}
        if tracking_id not in known:
            return None
        return self._shadows.setdefault(tracking_id, Shadow())

    def desire(self, tracking_id, desired, now_us):
        """Set the state that an owner desires (JSON); raises ValueError if it has another form."""
        system = desired.get("system", {}) if isinstance(desired, dict) else None
        if not isinstance(system, dict):
            raise ValueError("a desired state is an object, and so is its system")
        refuse_depth(desired, _DEPTH_MAX)
        self.shadow(tracking_id).desire(desired, now_us // 1000)

    def refusal(self, status):
        """Return this API's answer for a status that a fault or a limit requires."""
        return _error(status)

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return _error(404)

    def method_not_allowed(self, allowed):
        """Return the answer to a known path that is requested with another method."""
        refused = _error(405)
        refused.headers["allow"] = allowed
        return refused

    def sender(self, request, body):
        """Return the tracking id of the path, of the token's device or of the login's device."""
        tracking_id = request.path_params.get("tracking_id")
        if tracking_id is not None:
            return tracking_id
        device = self.devices.get(self.tokens.sender(request.headers.get("authorization", "")))
        return device.tracking_id if device else ""

    # Login

    def _read_login(self, request, body, now_us):
        host = request.headers.get("host", "")
        urls = [f"{scheme}://{host}/v2/token" for scheme in ("https", "http")]
        try:
            header = request.headers.get("authorization", "")
            token = self.tokens.log_in(header, urls, now_us)
        except LoginError as error:
            return _login_refused(error.kind, now_us)
        if self.on_secret:
            self.on_secret(token)
        return Answer(200, {"accessToken": token, "expiresIn": self.tokens.lifetime_s})

    # Items

    def _read_items(self, request, body, now_us):
        device_id = self.tokens.device_of(request.headers.get("authorization", ""), now_us)
        if device_id is None:
            return _error(401)
        if self._limit and self._limit.take(device_id, now_us) is None:
            return self._over_limit()
        request_id = request.headers.get("x-request-id")
        missing = request_id is None
        if (missing and self.strict) or (not missing and not _UUID4.fullmatch(request_id)):
            return _error(400, "X-Request-Id: no UUIDv4")
        try:
            content = decode(body)
            refuse_depth(content, _DEPTH_MAX)
            items = checked(content, self.strict)
        except (ValidationError, ValueError) as error:
            return _error(400, _reasons(error))
        tracking_id = self.devices[device_id].tracking_id
        found = [point for item in items for point in points(tracking_id, item)]
        late = self._out_of_window(items, now_us // 1000)
        if late:
            refused = _error(400, late)
            refused.refused = found
            return refused
        return self._intake(tracking_id, found, content, request)

    def _intake(self, tracking_id, found, content, request):
        shadow = self.shadow(tracking_id)
        is_async = request.query_params.get("async") == "true"

        def accept(_):
            for item in content:
                shadow.report(item)
                shadow.place(item, self.places)
            return Answer(204) if is_async else Answer(200, shadow.desired)

        return Intake(found, accept, items=[(tracking_id, item) for item in content])

    def _out_of_window(self, items, now_ms):
        """Return the first fault in the items' times, or "" if there is none."""
        stamps = [item.timestamp for item in items]
        if self.timestamp_window == "newest":
            stamps = stamps and [max(stamps)]
        if self.timestamp_window != "off":
            for stamp in stamps:
                if abs(stamp - now_ms) > CLOCK_OFF_MAX_S * 1000:
                    return f"timestamp: {stamp} is not within 10 s of {now_ms}"
        return ""

    def _over_limit(self):
        refused = _error(429)
        refused.headers["x-ratelimit-limit"] = str(self._limit_count)
        refused.headers["x-ratelimit-remaining"] = "0"
        refused.headers["retry-after"] = "60"
        return refused

    # The owner

    def _read_owner(self, shown, request, body, now_us):
        if request.headers.get("authorization", "") != f"Bearer {self._user_token}":
            return _error(401)
        shadow = self.shadow(request.path_params["tracking_id"])
        return _error(404) if shadow is None else Answer(200, shown(shadow))

    def _write_desired(self, request, body, now_us):
        refused = self._read_owner(Shadow.shown, request, body, now_us)
        if refused.status != 200:
            return refused
        tracking_id = request.path_params["tracking_id"]
        try:
            self.desire(tracking_id, decode(body), now_us)
        except ValueError as error:
            return _error(400, str(error))
        return Answer(200, self.shadow(tracking_id).desired)


def _read_time(request, body, now_us):
    return Answer(200, {"timestamp": now_us // 1_000_000})


def _read_health(request, body, now_us):
    return Answer(200, {"message": "healthy"})


def _read_version(request, body, now_us):
    return Answer(200, {"version": "2.1.192"})


def _trace(shadow):
    return {"data": shadow.trace}


def _error(status, reason=None):
    """Return the vendor's error object for a status; `reason` describes the error."""
    error, message = _ERRORS.get(status, ("Error", "Error"))
    body = {"error": error, "code": status, "id": str(uuid.uuid4())}
    if message:
        body["message"] = message
    if status not in _PLAIN:
        body["details"] = {"hereErrorCode": status * 1000 + 306}
        if reason:
            body["details"]["reason"] = reason
    return Answer(status, body)


def _login_refused(kind, now_us):
    if kind == "malformed":
        return _error(400)
    if kind == "claim":
        return _error(412)
    if kind == "license":
        error = "No license found for the given deviceId."
        return Answer(404, {"error": error, "code": 404, "id": str(uuid.uuid4())})
    refused = _error(401)
    refused.body["message"] = _UNSIGNED
    if kind == "clock":
        refused.headers["x-here-timestamp"] = str(now_us // 1_000_000)
    return refused


def _reasons(error):
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)
