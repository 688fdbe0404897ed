"""The schemas of requests to Harbor and SensoCan: examples pass, and each bound is right."""

import json

import pytest
from jsonschema import Draft202012Validator
from support.server.request_schemas import REGISTRY, REQUESTS, check_body, faults, named, parsed
from support.server.schema_bounds import (  # fmt: skip
    FOREIGN,
    FREE,
    GONE,
    NAMES,
    NEEDED,
    NO_NUMBER,
    NO_TEXT,
    STAMP,
    STAMPS,
    try_bounds,
)

SENSOR = "7a8b9c0d-1234-5678-90ab-cdef12345678"
# As printed on the vendors' pages.
EXAMPLES = (
    ("harbor_v2_single", {"ship_id": "sensor-01", "cargo_id": "temperature", "value": 24.5}),
    ("harbor_v2_single", {"ship_id": "manual_test", "cargo_id": "test_metric", "value": 100}),
    ("harbor_v2_batch", [
        {"ship_id": "sensor-01", "cargo_id": "temperature", "value": 24.5},
        {"ship_id": "sensor-01", "cargo_id": "humidity", "value": 60.2},
    ]),
    ("harbor_v2_batch", [
        {"ship_id": "s1", "cargo_id": "temp", "value": 20},
        {"ship_id": "s1", "cargo_id": "hum", "value": 50},
    ]),
    ("harbor_v1_single", {
        "time": "2024-11-18T19:24:00.948Z", "ship_id": "string", "cargo_id": "string", "value": 0,
    }),
    ("sensocan_single", {"data": {"value": 25.5, "timestamp": STAMP}, "battery_voltage": 3.7}),
    ("sensocan_bulk", {
        "data": [
            {"value": 22.1, "timestamp": "2023-10-27T09:00:00Z"},
            {"value": 22.4, "timestamp": "2023-10-27T09:15:00Z"},
            {"value": 22.8, "timestamp": "2023-10-27T09:30:00Z"},
        ],
        "battery_voltage": 3.6,
    }),
    ("sensocan_batch", {
        "data": [
            {"sensor_slug": "temp_01", "value": 25.5, "timestamp": STAMP},
            {"sensor_uuid": SENSOR, "value": 60.2},
            {"sensor_slug": "battery_level", "value": 95},
        ],
        "battery_voltage": 3.7,
    }),
)  # fmt: skip

# One body of each, with every member.
POINT = {"ship_id": "s1", "cargo_id": "temp", "value": 20, "time": STAMP}
READING = {"value": 25.5, "timestamp": STAMP}
NAMED = {"sensor_slug": "temp_01", "sensor_uuid": SENSOR, **READING}
BODIES = {
    "harbor_v2_single": POINT,
    "harbor_v2_batch": [POINT],
    "harbor_v1_single": POINT,
    "harbor_v1_batch": [POINT],
    "sensocan_single": {"data": READING, "battery_voltage": 3.7},
    "sensocan_bulk": {"data": [READING], "battery_voltage": 3.7},
    "sensocan_batch": {"data": [NAMED], "battery_voltage": 3.7},
}

_VALUE = (0, -0.5, 1e15, 24.5), NO_NUMBER
_VOLTS = (GONE, 0, 100, 3.7), (-0.001, 100.001, *NO_NUMBER)
# (schema, member, bounds as in schema_bounds)
BOUNDS = [
    (schema, f"{item}{member}", bounds)
    for schema, item in (
        ("harbor_v2_single", ""), ("harbor_v2_batch", "0."),
        ("harbor_v1_single", ""), ("harbor_v1_batch", "0."),
    )
    for member, bounds in (
        ("ship_id", NAMES), ("ship_id", NEEDED), ("cargo_id", NAMES), ("cargo_id", NEEDED),
        ("value", _VALUE), ("value", NEEDED), ("time", STAMPS), ("battery", FOREIGN),
        ("time", FREE if schema[:9] == "harbor_v2" else NEEDED),
    )
] + [
    (schema, member, bounds)
    for schema, item in (
        ("sensocan_single", "data"), ("sensocan_bulk", "data.0"), ("sensocan_batch", "data.0"),
    )
    for member, bounds in (
        (f"{item}.value", _VALUE), (f"{item}.value", NEEDED), (f"{item}.timestamp", STAMPS),
        (f"{item}.timestamp", FREE), (f"{item}.unit", FOREIGN), ("battery_voltage", _VOLTS),
        ("data", NEEDED), ("data", ((), ([] if "0" in item else [READING], {}, None))),
        ("token", FOREIGN),
    )
] + [
    ("sensocan_batch", "data.0", (({"sensor_slug": "x", "value": 1},), (READING,))),
    ("sensocan_batch", "data.0.sensor_slug", ((GONE, "x"), ("", *NO_TEXT))),
    ("sensocan_batch", "data.0.sensor_uuid", ((GONE, SENSOR.upper()), (SENSOR[1:], "", None))),
    ("harbor_v2_batch", "", ((), ([], POINT, None))),
    ("harbor_v1_batch", "", ((), ([], POINT, None))),
    ("harbor_v2_single", "", ((), ([POINT], None))),
    ("harbor_v1_single", "", ((), ([POINT], None))),
]  # fmt: skip


def test_the_schemas_are_schemas():
    for name in REGISTRY:
        Draft202012Validator.check_schema(REGISTRY.contents(name))
    assert {row.schema for row in REQUESTS if row.schema} == {*BODIES, "here_items"}


@pytest.mark.parametrize(("schema", "content"), EXAMPLES + tuple(BODIES.items()))
def test_valid_bodies(schema, content):
    assert faults(schema, parsed(json.dumps(content))) == []


def test_the_bounds():
    for schema, body in BODIES.items():
        own = [entry[1:] for entry in BOUNDS if entry[0] == schema]
        assert own
        try_bounds(schema, body, own)


def test_faults_that_a_schema_cannot_express():
    point = json.dumps(POINT)
    for name, text in (
        ("v2 single", point.replace("20,", "NaN,")), ("v2 single", point[:-1] + ',"value":5}'),
        ("v2 single", point[:-1]), ("v2 single", point.replace("Z", "+02:00")),
        ("bulk", json.dumps({"data": [READING] * 101})),
    ):  # fmt: skip
        assert text != point
        with pytest.raises((AssertionError, ValueError)):
            check_body(named(name), text)
    check_body(named("v2 single"), point)
    check_body(named("bulk"), json.dumps({"data": [READING] * 100}))
