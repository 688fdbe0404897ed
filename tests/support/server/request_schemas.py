"""The requests that a node may send: their table, JSON Schemas of their bodies, and a receiver.

The schemas (JSON Schema 2020-12) and the table are written by hand from docs/protocols/.
"""

import json
import re
from typing import NamedTuple

from jsonschema import Draft202012Validator, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from support.places import ROOT
from support.uplinks.harbor_server import respond
from support.uplinks.request_parts import parts
from wherry.http.head import prepare

FOLDER = ROOT / "tests" / "schemas"
PAYLOAD_SIZE_MAX = 1000
SENSOCAN_COUNT_MAX = 100

_UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_V2 = r"https://(acme\.harbor\.)?harborscale\.com/api/v2/ingest/1042"
_V1 = r"https://(acme\.harbor\.)?telemetryharbor\.com/api/v1/ingest/ingest/1042"
_SENSOCAN = rf"https://api\.sensocan\.com/api/v1/devices/{_UUID}"
_HERE = r"https://(tracking\.api\.here|tracking\.hereapi|cit\.tracking\.api\.here)\.com/v2"

_JSON = {"Content-Type": "application/json"}
_KEY = {"X-API-Key": "key-1", **_JSON}
_DEVICE = {"Authorization": r"Bearer \S+", **_JSON, "Accept": "application/json"}
_ITEMS = {
    "Authorization": r"Bearer \S+",
    **_JSON,
    # A UUID of version 4 (RFC 9562, 5.4).
    "X-Request-Id": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
}
_LOGIN = {
    "Authorization": rf'OAuth oauth_consumer_key="{_UUID}",oauth_nonce="[0-9A-Za-z]+",'
    r'oauth_signature_method="HMAC-SHA256",oauth_timestamp="[0-9]{10}",oauth_version="1\.0",'
    r'oauth_signature="([A-Za-z0-9]|%2B|%2F){43}%3D"'
}


class Request(NamedTuple):
    """A row of the table: `url` and the values of `headers` are patterns; None: without a body."""

    name: str
    method: str
    url: str
    headers: dict
    schema: str | None


REQUESTS = (
    Request("v2 single", "POST", _V2, _KEY, "harbor_v2_single"),
    Request("v2 batch", "POST", _V2 + "/batch", _KEY, "harbor_v2_batch"),
    Request("v1 single", "POST", _V1, _KEY, "harbor_v1_single"),
    Request("v1 batch", "POST", _V1 + "/batch", _KEY, "harbor_v1_batch"),
    Request("single", "POST", f"{_SENSOCAN}/sensors/{_UUID}/readings", _DEVICE, "sensocan_single"),
    Request(
        "bulk", "POST", f"{_SENSOCAN}/sensors/{_UUID}/readings/bulk", _DEVICE, "sensocan_bulk"
    ),
    Request("batch", "POST", _SENSOCAN + "/readings", _DEVICE, "sensocan_batch"),
    Request("time", "GET", _HERE + "/timestamp", {}, None),
    Request("login", "POST", _HERE + "/token", _LOGIN, None),
    Request("items", "POST", _HERE + "/", _ITEMS, "here_items"),
    Request("async", "POST", _HERE + r"/\?async=true", _ITEMS, "here_items"),
)


def named(name):
    """Return the row of that name."""
    return next(row for row in REQUESTS if row.name == name)


# Schemas


def _registry():
    paths = sorted(FOLDER.glob("*.json"))
    schemas = [(path.name, json.loads(path.read_text())) for path in paths]
    return Registry().with_contents(schemas, default_specification=DRAFT202012)


REGISTRY = _registry()
# For JSON Schema 5.0 is an integer; for a server with typed members it is not.
_INTEGERS = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, x: type(x) is int)
_Validator = validators.extend(Draft202012Validator, type_checker=_INTEGERS)


def faults(schema, content):
    """Return the faults of a body's content, as "place: fault"."""
    contents = REGISTRY.contents(schema + ".json")
    found = _Validator(contents, registry=REGISTRY).iter_errors(content)
    return sorted(f"{fault.json_path}: {fault.message}" for fault in found)


def parsed(text):
    """Return the content of a body; raise ValueError for NaN, a repeated name or invalid JSON."""
    return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)


def _object(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a name stands twice in {[name for name, _ in pairs]}")
    return found


def _no_number(text):
    raise ValueError(f"{text} is no JSON")


def payload_sizes(text):
    """Return the size in bytes of each payload in a body of items, as written there."""
    decode = json.JSONDecoder().raw_decode
    sizes = []
    at = 1
    while text[at] == "{":
        while text[at] != "}":
            name, at = decode(text, at + 1)
            _, end = decode(text, at + 1)
            if name == "payload":
                sizes.append(len(text[at + 1 : end].encode()))
            at = end
        at += 2 if text[at + 1] == "," else 1
    return sizes


# The receiver


class Receiver:
    """Checks each request against its row and its schema, and answers as the vendors' pages say.

    The first requests get `statuses`, where None means the right status. `names` are the rows'
    names, in order.
    """

    def __init__(self, statuses):
        self.names, self.paths, self.request_ids = [], [], set()
        self._statuses = list(statuses)

    def exchange(self, request):
        """Accept a request in place of the link; return the answer."""
        _, url, headers, size, body = parts(request)
        text = b"".join([bytes(piece) for piece in body])
        assert len(text) == (size or 0), (url, len(text), size)
        place, head = prepare(request)
        row = check_request((*place, head), text)
        self.names.append(row.name)
        given = dict(headers).get("X-Request-Id", len(self.request_ids))
        assert given not in self.request_ids
        self.request_ids.add(given)
        status = None
        if self._statuses and row.schema:
            status = self._statuses.pop(0)
        return respond(status, {"message": "x"}) if status else respond(*self._answer(row, text))

    def _answer(self, row, text):
        if row.name == "login":
            return 200, {"accessToken": "h1." + "x" * 800, "expiresIn": 9}
        if row.name == "time":
            return 200, {"timestamp": 1_794_684_800}  # 848,000,000 s since 2000.
        if row.name == "async":
            return 204, {}
        if row.name == "items":
            # Each answer has a newer state, which the next request reports. Every second state
            # cannot be applied.
            version = len(self.names)
            rate = {"sampleMs": 30_000, "sendMs": 60_000 * (version % 2)}
            return 200, {"system": {"stateVersion": version, "rate": rate}}
        content = parsed(text)
        items = content.get("data", content) if type(content) is dict else content
        count = len(items) if type(items) is list else 1
        if row.headers is _KEY:
            return (202 if count > 1 else 200), {"count": count, "status": "queued"}
        return 201, {"message": "x", "count": count}


def check_request(prepared, text):
    """Check a sent request against its row of the table; return the row."""
    secure, host, _, head = prepared
    first, *lines = head.decode("ascii").removesuffix("\r\n\r\n").split("\r\n")
    method, path, version = first.split(" ")
    url = f"{'https' if secure else 'http'}://{host}{path}"
    (row,) = [row for row in REQUESTS if row.method == method and re.fullmatch(row.url, url)]
    fields = dict(line.split(": ", 1) for line in lines)
    expected = {"Host": re.escape(host), "User-Agent": "wherry", **row.headers}
    if method == "POST":
        expected["Content-Length"] = str(len(text))
    assert version == "HTTP/1.1" and len(fields) == len(lines)
    assert fields.keys() == expected.keys(), (url, fields)
    for name, pattern in expected.items():
        assert re.fullmatch(pattern, fields[name]), (url, name, fields[name])
    if row.schema:
        check_body(row, text.decode())
    else:
        assert not text, url
    return row


def check_body(row, text):
    """Check a body against its schema and the rules that a schema cannot express."""
    content = parsed(text)
    assert not faults(row.schema, content), (faults(row.schema, content)[:3], text[:400])
    if row.headers is _ITEMS:
        # The node never sends an empty array, though it is valid.
        assert content, text
        assert max(payload_sizes(text.strip()), default=0) <= PAYLOAD_SIZE_MAX, text
        return
    items = content.get("data", content) if type(content) is dict else content
    items = items if type(items) is list else [items]
    # Without its own time a reading would be dated by its arrival.
    member = "time" if row.headers is _KEY else "timestamp"
    assert all(item[member].endswith("Z") for item in items), text[:400]
    assert row.headers is _KEY or len(items) <= SENSOCAN_COUNT_MAX, len(items)
