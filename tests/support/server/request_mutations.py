"""Mutations of a request: of its method, target, headers, framing and body."""

import json
import re
from contextlib import suppress
from gzip import compress
from random import Random

_METHODS = (
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT",
    b"get", b"G" * 300, b"PO ST", b"P\xc3\x96ST", b"",
)  # fmt: skip
_PIECES = (
    b"%00", b"%ff", b"%C3%28", b"%", b"%2e%2e/", b"/../", b"//", b"?", b"#", b"\xff", b"%0d%0a",
    b"\t", b";", b"*", b"{harbor_id}", b"%ED%A0%80", b"A" * 5000,
)  # fmt: skip
_TARGETS = (
    b"*", b"/", b"//", b"http://evil.example/admin", b"localhost:1", b"/%", b"/" + b"a/" * 999,
)  # fmt: skip
_QUERIES = (
    b"count=" + b"9" * 99, b"count=" + b"9" * 5000, b"count=-1", b"count=1e9", b"count=NaN",
    b"count=", b"count=1&count=2", b"count=%D9%A3", b"async=true&async=x", b"async=%ff",
    b"&" * 999, b"=" * 99, b"a=1;b=2", b"count=1001", b"count=0",
)  # fmt: skip
_VALUES = (
    b"", b" ", b"\xff", b"\xc3\xa9", b"9" * 400, b"-1", b"0x10", b"null", b"gzip", b"GZIP", b"br",
    b"deflate", b"identity, gzip", b"json", b"text/plain", b"application/json; charset=utf-16",
    b"application/x-www-form-urlencoded", b"multipart/form-data", b"Bearer \xff", b"Bearer",
    b"OAuth", b'OAuth oauth_signature="%ff"', b"OAuth " + b'a="b",' * 99, b"Basic Og==",
    b"http://evil.example", b"x" * 9000, b"100-continue", b"a, b", b"\x00", b"\x1f",
)  # fmt: skip
_NAMES = (
    b"Content-Type", b"Content-Encoding", b"Authorization", b"X-API-Key", b"X-Request-Id",
    b"Origin", b"Expect", b"Host", b"Connection", b"Upgrade", b"Accept-Encoding", b"Range",
    b"Cookie", b"X", b"\xff", b"A b",
)  # fmt: skip
_FRAMINGS = (
    [], [[b"Content-Length", b"9" * 30]], [[b"Content-Length", b"-1"]],
    [[b"Content-Length", b"+5"]], [[b"Content-Length", b"\xd9\xa3"]],
    [[b"Content-Length", b"5"], [b"Content-Length", b"6"]], [[b"Content-Length", b"4194305"]],
    [[b"Transfer-Encoding", b"chunked"]], [[b"Transfer-Encoding", b"gzip, chunked"]],
    [[b"Transfer-Encoding", b"chunked"], [b"Content-Length", b"5"]], [[b"Content-Length", b""]],
)  # fmt: skip
# Values as written in JSON; some are invalid.
_LITERALS = (
    "null", "true", '""', "[]", "{}", "0", "-0.0", "1e400", "-1e400", "1e-400", "NaN", "Infinity",
    "-Infinity", "9" * 19, "-" + "9" * 19, "9" * 400, "9" * 5000, "1" + "0" * 308, "0.1e+9",
    '"NaN"', '"inf"', '"0x_1p4"', '"0x1p99999"', '"1e999"', '"9e9999999"', '"\\ud800"',
    '"\\udc00x"', '"\\u0000"', '"\\ud83d\\ude00"', '"x"', '" 1 "', '"1_0"', '"\u0663"', "1.5.2",
    "2026-13-45", '"2026-02-30T00:00:00Z"', '"0000-01-01T00:00:00Z"', "[[]]",
    '"9999-12-31T23:59:59-24:00"', '"0001-01-01T00:00:00+24:00"', '"2026-11-20T08:00:00+00:60"',
    '"' + "x" * 101 + '"', '"' + "\u00e9" * 3000 + '"', '[{"a":[null]}]', '"http://\\n\u00e9"',
    '"=cmd|x"', "4102448400001", "304", "1e9999999", "4294967296", "-2147483649",
    "18446744073709551616",
)  # fmt: skip
_DEPTHS = (20, 200, 330, 480, 700, 990, 5000, 100_000)
_HOLE = "@hole@"
_JSON_NUMBER = re.compile(rb"(?<=[ \[])-?\d+(\.\d+)?(?=[,\]}])")


def mutated(request, chance: Random):
    """Return a copy with one to three mutations."""
    changed = request.copy()
    for _ in range(chance.choice((1, 1, 2, 3))):
        chance.choice(_KINDS)(changed, chance)
    return changed


def _method(request, chance):
    request.method = chance.choice(_METHODS)


def _target(request, chance):
    way, target = chance.randrange(5), request.target
    at = chance.randrange(len(target) + 1)
    if way == 0:
        target = target[:at] + chance.choice(_PIECES) + target[at:]
    elif way == 1:
        target = target[:at] + target[at + 1 :]
    elif way == 2:
        target = chance.choice(_TARGETS)
    elif way == 3:
        target = target.swapcase() if chance.random() < 0.5 else target + b"/"
    else:
        target = target[:at] + bytes((chance.randrange(1, 256),)) + target[at + 1 :]
    request.target = target


def _query(request, chance):
    path = request.target.partition(b"?")[0]
    request.target = path + b"?" + chance.choice(_QUERIES)


def _header(request, chance):
    way = chance.randrange(4)
    if way == 0 or not request.headers:
        request.headers.append([chance.choice(_NAMES), chance.choice(_VALUES)])
        return
    header = chance.choice(request.headers)
    if way == 1:
        request.headers.remove(header)
    elif way == 2:
        header[1] = chance.choice(_VALUES)
    else:
        request.headers.append([header[0], header[1][::-1]])


def _header_octet(request, chance):
    if request.headers:
        header = chance.choice(request.headers)
        at = chance.randrange(len(header[1]) + 1)
        put = chance.choice((bytes((chance.randrange(1, 256),)), b"%ff", b"%C3%A9", b'"', b","))
        header[1] = header[1][:at] + put + header[1][at + chance.randrange(2) :]


def _host(request, chance):
    request.host = chance.choice((*_VALUES, b"[::1]", b"localhost:99999", b"a@b", b"[", b"a:b:c"))


def _framing(request, chance):
    request.framing = [list(header) for header in chance.choice(_FRAMINGS)]


def _cut(request, chance):
    request.cut = chance.randrange(len(request.octets()) + 1)


def _octets(request, chance):
    body, at = request.body, chance.randrange(len(request.body) + 1)
    put = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
    request.body = body[:at] + put + body[at + chance.randrange(9) :]


def _number(request, chance):
    """Replace a number in the body with another literal, without parsing anything."""
    found = list(_JSON_NUMBER.finditer(request.body))
    if found:
        place = chance.choice(found)
        literal = chance.choice(_LITERALS).encode()
        request.body = request.body[: place.start()] + literal + request.body[place.end() :]


def _whole_body(request, chance):
    body = request.body
    text = body.decode("utf-8", "replace")
    request.body = chance.choice(
        (
            b"", b"\xff" * 9, b"\xef\xbb\xbf" + body, text.encode("utf-16"), compress(body),
            compress(body)[:-5], compress(body) * 2, compress(bytes(5_000_000)), body * 2,
            b" " * 9000 + body, b"[" + body + b"]", body.replace(b'"', b"'"), b"null", b"1" * 5000,
        )
    )  # fmt: skip
    if chance.random() < 0.3:
        request.headers.append([b"Content-Encoding", b"gzip"])


def _node(request, chance):
    """Replace one value of the body, or remove a member."""
    # The body may no longer be JSON, or already be nested too deeply.
    with suppress(ValueError, RecursionError):
        content = json.loads(request.body)
        places = list(_places(content))
        if places:
            _change(*chance.choice(places), chance)
            text = json.dumps(content)
            request.body = text.replace(f'"{_HOLE}"', _filling(chance)).encode()


def _change(holder, key, chance):
    way = chance.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[chance.choice(("", "\ud800", "x" * 101, "time", "log", "\0", "=1"))] = holder[key]
    elif way == 2 and isinstance(holder, list):
        holder += [holder[key]] * chance.choice((1, 20, 200))
    else:
        holder[key] = _HOLE


def _places(content):
    """Yield (dict or list, key) of every value within the content."""
    if isinstance(content, (dict, list)):
        for key in content if isinstance(content, dict) else range(len(content)):
            yield content, key
            yield from _places(content[key])


def _filling(chance):
    if chance.random() < 0.8:
        return chance.choice(_LITERALS)
    depth = chance.choice(_DEPTHS)
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}")))
    return opening * depth + "1" + closing * (depth if chance.random() < 0.9 else 1)


_KINDS = (
    _method, _target, _query, _header, _header, _header_octet, _header_octet, _host, _framing,
    _cut, _octets, _number, _number, _number, _whole_body, _node, _node, _node, _node,
)  # fmt: skip
