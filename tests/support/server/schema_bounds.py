"""Bounds of a body's members, as (right values, wrong values), and a check of a schema by them."""

import copy

from support.server.request_schemas import faults

# Without the member.
GONE = object()
STAMP = "2023-10-27T10:00:00Z"

NO_NUMBER = ("1", None, True, [])
NO_TEXT = (5, None, True)
STAMPS = (
    ("2023-10-27T10:00:00.948Z", "2023-02-01T00:00:00+02:00", "2099-12-31T23:59:59.123456-11:30"),
    (
        "2023-10-27T10:00:00", "2023-10-27 10:00:00Z", "2023-10-27t10:00:00z", "2023-10-27",
        "2023-13-27T10:00:00Z", "2023-10-27T24:00:00Z", "", None, 1698400800,
    ),
)  # fmt: skip
NAMES = ("x", "é" * 100, "𝄞" * 100), ("", "é" * 101, *NO_TEXT)


def whole(low, high, *more):
    """Return (right values, wrong values) of an integer within bounds."""
    return (low, high, *more), (low - 1, high + 1, float(low), low + 0.5, *NO_NUMBER)


def number(low, high):
    return (low, high, low + 0.5, float(high)), (low - 0.001, high + 0.001, *NO_NUMBER)


def text(low, high):
    return ("é" * low, "x" * high), ("x" * (low - 1), "x" * (high + 1), *NO_TEXT)


def listed(high, entry):
    return ([], [entry] * high), ([entry] * (high + 1), {}, None)


def one_of(*words):
    return words, ("other", None, 7, "")


NEEDED = (), (GONE,)
FREE = (GONE,), ()
FOREIGN = (GONE,), (3.7, {})


def try_bounds(schema, body, bounds):
    """Try each (member, bounds) on a good body, and return the count of bodies."""
    count = 0
    for member, (right, wrong) in bounds:
        for value in right:
            found = faults(schema, changed(body, member, value))
            assert not found, (schema, member, value, found)
        for value in wrong:
            assert faults(schema, changed(body, member, value)), (schema, member, value)
        count += len(right) + len(wrong)
    print(count, "bodies of", schema)


def changed(content, member, value):
    """Return a copy of `content` with another value of a member, or without the member."""
    if not member:
        return value
    content = copy.deepcopy(content)
    *way, last = [int(part) if part.isdigit() else part for part in member.split(".")]
    at = content
    for part in way:
        at = at[part]
    if value is GONE:
        at.pop(last, None)
    else:
        at[last] = value
    return content
