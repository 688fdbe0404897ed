"""The log of requests names each request's device; refused readings are recorded alone.

The device is that of the points, or otherwise the one named by the path, the body or the login.
"""

import sqlite3
from contextlib import closing

import httpx
import pytest
from support.server.here_login import login_header
from wherry_host.account.uplink_tables import read_tables
from wherry_host.server.dialects import here, sensocan
from wherry_host.server.dialects.here.tracking import PUBLIC_URL
from wherry_host.server.service import Service

S = 1_795_000_000
S_TEXT = "2026-11-18T11:06:40Z"
POINT = {"ship_id": "shed", "cargo_id": "t", "value": 1, "time": S_TEXT}
V1_POINT = {"Ship_ID": "barn", "Cargo_ID": "t", "Value": 1, "Time": S_TEXT}
MESSAGE = {"end_device_ids": {"device_id": "meadow"}}
SENSOCAN = f"/api/v1/devices/{sensocan.DEVICE}"
V2, V1 = "/api/v2/ingest/1042", "/api/v1/ingest/1042"


@pytest.fixture(scope="module")
def service():
    # HERE's tokens are too old immediately.
    with Service(plain_http=True, switches={"here": {"token_lifetime_s": 0}}) as running:
        yield running


def sender(service, path, content=None, key=None, authorization=None, body=None):
    """Post and return (status, the device of the request in the log)."""
    headers = {"x-api-key": key, "authorization": authorization}
    headers = {name: text for name, text in headers.items() if text}
    sent = {"json": content} if body is None else {"content": body}
    httpx.post(service.url + path, headers=headers, **sent)
    (request,) = service.store.requests(1)
    return request["status"], request["device"]


def test_a_refused_key_does_not_hide_the_device(service):
    v1_key = service.accounts["harbor_v1"].api_key
    for path, content, key, expected in (
        (V2 + "/batch", [POINT], service.api_key, (202, "shed")),
        (V2 + "/batch", [POINT], "wrong", (401, "shed")),
        (V2 + "/ttn", MESSAGE, None, (401, "meadow")),
        (V1 + "/batch", [V1_POINT], "wrong", (403, "barn")),
        (V1, {**V1_POINT, "Value": None}, v1_key, (422, "barn")),
        (SENSOCAN + "/readings", {"data": []}, None, (401, sensocan.DEVICE)),
        # A path of no service.
        ("/api/v3/readings", [POINT], None, (404, "shed")),
        (SENSOCAN + "/reading", {}, None, (404, sensocan.DEVICE)),
    ):
        assert sender(service, path, content, key) == expected, (path, content)


def test_a_fault_of_the_server_does_not_hide_the_device(service):
    service.set_faults({"kind": "status", "status": 500})
    assert sender(service, V2 + "/batch", [POINT], service.api_key) == (500, "shed")
    service.set_faults()


def login(service, secret):
    """Return the header of a login of HERE's device."""
    now_s = service.clock.now_us() // 1_000_000
    return login_header(f"{PUBLIC_URL}/v2/token", here.DEVICE, secret, secret[:8], now_s)


def test_a_device_of_here_is_known_by_its_login_and_by_its_token(service):
    url = "/v2/token"
    header = login(service, "wrong")
    assert sender(service, url, {}, authorization=header) == (401, here.TRACKING_ID)
    header = login(service, service.accounts["here"].device_secret)
    answer = httpx.post(service.url + url, headers={"authorization": header})
    assert service.store.requests(1)[0]["device"] == here.TRACKING_ID
    token = f"Bearer {answer.json()['accessToken']}"
    assert sender(service, "/v2/", [], authorization=token) == (401, here.TRACKING_ID)
    assert sender(service, "/shadows/v2/thing", [], authorization=token) == (405, "thing")
    assert sender(service, "/v2/", [], authorization="Bearer other") == (401, "")
    assert sender(service, "/v2/token", {}, authorization="OAuth what?") == (400, "")


@pytest.mark.parametrize(
    "body", (b"", b"\xff\xfe", b"[[]]", b"[" * 20_000, b'{"ship_id": {}, "end_device_ids": []}')
)
def test_a_body_without_a_device_leaves_it_unknown(service, body):
    for path in (V2 + "/batch", V2 + "/ttn", V1, "/elsewhere"):
        status, device = sender(service, path, key=service.api_key, body=body)
        assert status in (400, 403, 404, 422) and device == "", path


def test_a_name_that_is_not_unicode_or_too_long_is_also_stored(service):
    body = b'{"ship_id": "a\\ud800b"}'
    assert sender(service, V2, body=body) == (401, "a\N{REPLACEMENT CHARACTER}b")
    assert sender(service, V2, {"ship_id": "x" * 9000}) == (401, "x" * 4096)
    assert sender(service, V2, {"ship_id": service.api_key}) == (401, "***")


@pytest.fixture
def recording():
    with Service(plain_http=True) as running:
        yield running


def send(service, *channels):
    """Post a Harbor batch, each point a second later than the last; return the status."""
    points = [
        {"ship_id": "s", "cargo_id": name, "value": 1, "time": f"2026-11-18T11:06:{40 + i}Z"}
        for i, name in enumerate(channels)
    ]
    headers = {"X-API-Key": service.api_key}
    return httpx.post(service.endpoint + "/batch", json=points, headers=headers).status_code


def refusals(service):
    """Return (channel, s of its time, status, count) of the recorded refusals."""
    service.store.flush()
    query = "SELECT channel, time_us, status, count FROM refusals ORDER BY id"
    with closing(sqlite3.connect(service.db)) as db:
        rows = db.execute(query).fetchall()
    return [(channel, time_us // 1_000_000 - S, *rest) for channel, time_us, *rest in rows]


def test_a_refused_batch_is_recorded_only_once_a_reading_is_alone(recording):
    recording.set_faults({"kind": "poison", "channel": "bad"})
    assert send(recording, "good", "bad") == 400 and refusals(recording) == []
    assert send(recording, "bad") == 400 and send(recording, "good") == 202
    recording.set_faults({"kind": "status", "status": 500})
    assert send(recording, "good") == 500
    assert refusals(recording) == [("bad", 0, 400, 1), ("good", 0, 500, 1)]


def test_readings_refused_or_left_out_by_a_service_are_recorded():
    # A voltage is refused with the whole request; an unknown sensor may be left out of it.
    switches = {"sensocan": {"unknown_sensor": "skip"}}
    with Service(plain_http=True, switches=switches) as service:
        reported = service.summary()["sensocan"]
        url = f"{reported['url']}/devices/{sensocan.DEVICE}/readings"
        headers = {"Authorization": f"Bearer {reported['token']}"}

        def post(**more):
            names = ["temperature", "unknown"][: 2 if not more else 1]
            data = [{"sensor_slug": name, "value": 1, "timestamp": S_TEXT} for name in names]
            return httpx.post(url, json={"data": data, **more}, headers=headers).status_code

        assert post(battery_voltage=999) == 422 and post() == 201
        assert refusals(service) == [
            ("temperature", 0, 422, 1), ("temperature", 0, 200, 2), ("unknown", 0, 200, 2),
        ]  # fmt: skip
        uplink = {"kind": "sensocan", "label": "sensocan", "device_uuid": sensocan.DEVICE}
        uplink["selection"] = ["all", {"load": "unknown"}]
        typed = {"node": {"name": "n"}, "uplink": [uplink]}
        (table,) = read_tables(service.db, service, typed)
    assert table.refused == {("temperature", S * 1_000_000), ("load", S * 1_000_000)}
