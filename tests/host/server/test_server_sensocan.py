"""SensoCan as on its page: every endpoint, every answer, and the choices that it leaves open."""

import json
from contextlib import contextmanager

import httpx
import pytest
from wherry_host.server.dialects import sensocan
from wherry_host.server.dialects.sensocan import DEVICE as SENSOCAN_DEVICE
from wherry_host.server.service import Service

DEVICE = f"/api/v1/devices/{SENSOCAN_DEVICE}"
TOKEN = "device-token"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
ACCOUNT = {"token": TOKEN, "slugs": ("temp_01", "humidity_sensor", "battery_level")}
T_0 = "2023-10-27T09:00:00Z"
T_1 = "2023-10-27T09:15:00Z"
T_0_US = 1_698_397_200_000_000


@contextmanager
def served(**switches):
    """Yield a service and a function that posts and returns (status, JSON, headers)."""
    switches = {"sensocan": switches}
    accounts = {"sensocan": sensocan.Account(**ACCOUNT)}
    with (
        Service(plain_http=True, accounts=accounts, switches=switches) as service,
        httpx.Client() as client,
    ):

        def post(path, content, headers=AUTHORIZATION):
            text = content if isinstance(content, str) else json.dumps(content)
            response = client.post(service.url + path, content=text, headers=headers)
            return response.status_code, response.json(), response.headers

        service.sensors = service.summary()["sensocan"]["sensors"]
        yield service, post


@pytest.fixture(scope="module")
def both():
    with served() as both:
        yield both


def points(service):
    """Return the stored points as {channel: points}, and expect the device's UUID."""
    channels = service.store.channels()
    assert {(each["api"], each["device"]) for each in channels} <= {("sensocan", SENSOCAN_DEVICE)}
    return {each["channel"]: each["points"] for each in channels}


def test_the_three_forms():
    with served() as (service, post):
        uuid = service.sensors["temp_01"]
        readings = f"{DEVICE}/sensors/{uuid}/readings"
        single = {"data": {"value": 25.5, "timestamp": T_0}, "battery_voltage": 3.7}
        reported = {"message": "Reading stored successfully.", "sensor": uuid}
        assert post(readings, single)[:2] == (201, reported)
        items = [
            {"value": 22.1, "timestamp": T_0},
            {"value": 22.4, "timestamp": T_1},
            {"value": 1},
        ]
        answer = post(readings + "/bulk", {"data": items, "battery_voltage": 3.6})
        reported = {"message": "Successfully stored 3 readings.", "sensor": uuid, "count": 3}
        assert answer[:2] == (201, reported)
        mixed = [
            {"sensor_slug": "temp_01", "value": 25.5, "timestamp": T_0},
            {"sensor_uuid": service.sensors["humidity_sensor"], "value": 60.2},
            {"sensor_slug": "battery_level", "value": 95},
        ]
        answer = post(DEVICE + "/readings", {"data": mixed, "battery_voltage": 0})
        reported = {"message": "Successfully processed 3 readings.", "count": 3}
        assert answer[:2] == (201, reported)
        # Equal readings are stored again: the page mentions no key.
        assert points(service) == {"temp_01": 5, "humidity_sensor": 1, "battery_level": 1}
        first = min(each["first_us"] for each in service.store.channels())
        assert first == T_0_US
        (device,) = service.apis["sensocan"].devices.values()
        assert device.battery_voltage == 0


NUMBER = "The data.value field must be a number."
DATE = "The data.timestamp field must be a valid date."
BATTERY = "The battery_voltage field must be between 0 and 100."


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        ({"data": {}}, {"data.value": ["The sensor value is required."]}),
        ({"data": {"value": True}}, {"data.value": [NUMBER]}),
        ({"data": {"value": 1, "timestamp": 1698397200}}, {"data.timestamp": [DATE]}),
        (
            {"data": {"value": "x", "timestamp": "x"}},
            {"data.value": [NUMBER], "data.timestamp": [DATE]},
        ),
        ({"data": [1]}, {"data": ["The data field must be an object."]}),
        ("{", {"data": ["The data field must be an object."]}),
        ({"data": {"value": 1}, "battery_voltage": 100.1}, {"battery_voltage": [BATTERY]}),
    ],
)  # fmt: skip
def test_single_readings_that_fail_validation(both, content, errors):
    service, post = both
    path = f"{DEVICE}/sensors/{service.sensors['temp_01']}/readings"
    status, reported, _ = post(path, content)
    assert (status, reported) == (422, {"message": "Validation failed.", "errors": errors})
    assert points(service) == {}


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"value": 1}, ["data"]),
        ([], ["data"]),
        ([{"sensor_slug": "temp_01", "value": 1}, {"value": 2}], ["data.1.sensor_slug"]),
        ([7], ["data.0.value", "data.0.sensor_slug"]),
    ],
)
def test_one_bad_item_refuses_the_batch(both, data, fields):
    service, post = both
    status, reported, _ = post(DEVICE + "/readings", {"data": data})
    assert status == 422
    assert list(reported["errors"]) == fields
    assert points(service) == {}


def test_valid_and_invalid_tokens(both):
    service, post = both
    body = {"data": [{"sensor_slug": "temp_01", "value": 1}]}
    for headers in ({}, {"Authorization": "Bearer no"}):
        answer = post(DEVICE + "/readings", body, headers)
        assert answer[:2] == (401, {"message": "Unauthenticated."})
    other = f"/api/v1/devices/{SENSOCAN_DEVICE[:-1]}1/readings"
    assert post(other, body)[:2] == (404, {"message": "Device not found."})
    unknown = f"{DEVICE}/sensors/{SENSOCAN_DEVICE}/readings"
    assert post(unknown, {"data": {"value": 1}})[0] == 404
    assert httpx.get(service.url + DEVICE + "/readings").status_code == 405


@pytest.mark.parametrize(
    ("unknown", "status", "count"), [("404", 404, 0), ("422", 422, 0), ("skip", 201, 1)]
)
def test_an_unknown_slug_in_a_batch(unknown, status, count):
    body = {"data": [{"sensor_slug": s, "value": 1} for s in ("temp_01", "temp_02")]}
    with served(unknown_sensor=unknown) as (service, post):
        answer = post(DEVICE + "/readings", body)
        assert answer[0] == status
        assert sum(points(service).values()) == count == answer[1].get("count", 0)


def test_the_header_counts_down_and_the_next_is_refused():
    body = {"data": [{"sensor_slug": "temp_01", "value": 1}]}
    with served(requests_per_min=3) as (_, post):
        answers = [post(DEVICE + "/readings", body) for _ in range(4)]
    left = [answer[2]["x-ratelimit-remaining"] for answer in answers]
    assert left == ["2", "1", "0", "0"]
    assert [answer[0] for answer in answers] == [201, 201, 201, 429]
    assert answers[3][1] == {"message": "Too Many Requests"}
