"""The log of requests names the device of each request, even of a refused one.

It is the device of the points, or otherwise the one named by the path, the body or the login.
"""

from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest
from wherry_host.server.dialects import here, sensocan
from wherry_host.server.dialects.here.tokens import signature
from wherry_host.server.dialects.here.tracking import PUBLIC_URL
from wherry_host.server.service import Service

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


@contextmanager
def switched(service, *faults):
    service.set_faults(*faults)
    yield
    service.set_faults()


def sender(service, path, content=None, key=None, authorization=None, body=None):
    """Post and return (status, the device of the request in the log)."""
    headers = {"x-api-key": key, "authorization": authorization}
    headers = {name: text for name, text in headers.items() if text}
    sent = {"json": content} if body is None else {"content": body}
    httpx.post(service.url + path, headers=headers, **sent)
    (request,) = service.store.requests(1)
    return request["status"], request["device"]


def test_a_stored_request_is_of_the_device_of_its_points(service):
    assert sender(service, V2 + "/batch", [POINT], service.api_key) == (202, "shed")
    assert sender(service, V2, POINT, service.api_key) == (200, "shed")
    token = service.accounts["sensocan"].token
    reading = {"data": {"value": 1}}
    path = f"{SENSOCAN}/sensors/{service.accounts['sensocan'].sensors()['load']}/readings"
    assert sender(service, path, reading, authorization=f"Bearer {token}") == (
        201, sensocan.DEVICE,
    )  # fmt: skip


def test_a_refused_key_does_not_hide_the_device(service):
    v1_key = service.accounts["harbor_v1"].api_key
    for path, content, key, expected in (
        (V2 + "/batch", [POINT], "wrong", (401, "shed")),
        (V2, POINT, None, (401, "shed")),
        (V2 + "/ttn", MESSAGE, None, (401, "meadow")),
        (V2 + "/ttn", MESSAGE, service.api_key, (200, "meadow")),
        (V1 + "/batch", [V1_POINT], "wrong", (403, "barn")),
        (V1, {**V1_POINT, "Value": None}, v1_key, (422, "barn")),
        (SENSOCAN + "/readings", {"data": []}, None, (401, sensocan.DEVICE)),
        (SENSOCAN + "/sensors/none/readings", {}, None, (401, sensocan.DEVICE)),
    ):
        assert sender(service, path, content, key) == expected, (path, content)


def test_a_fault_of_the_server_does_not_hide_the_device(service):
    with switched(service, {"kind": "status", "status": 500}):
        assert sender(service, V2 + "/batch", [POINT], service.api_key) == (500, "shed")
    with switched(service, {"kind": "drop"}), pytest.raises(httpx.RemoteProtocolError):
        sender(service, V2, POINT, service.api_key)
    assert service.store.requests(1)[0]["device"] == "shed"


def test_a_path_of_no_service_does_not_hide_the_device(service):
    assert sender(service, "/api/v3/readings", [POINT]) == (404, "shed")
    assert sender(service, SENSOCAN + "/reading", {}) == (404, sensocan.DEVICE)


def login(service, secret):
    """Return the header of a login of HERE's device."""
    signed = {
        "oauth_consumer_key": here.DEVICE,
        "oauth_nonce": secret[:8],
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(service.clock.now_us() // 1_000_000),
        "oauth_version": "1.0",
    }
    signed["oauth_signature"] = signature("POST", f"{PUBLIC_URL}/v2/token", signed, secret)
    return "OAuth " + ",".join(f'{name}="{quote(text)}"' for name, text in signed.items())


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
    "body",
    (
        b"", b"{", b"\xff\xfe", b"null", b"[]", b"[[]]", b"[1]", b'"shed"', b"[" * 20_000,
        b'{"ship_id": 5}', b'{"ship_id": {}, "end_device_ids": []}', b"NaN",
    ),
)  # fmt: skip
def test_a_body_without_a_device_leaves_it_unknown(service, body):
    for path in (V2, V2 + "/batch", V2 + "/ttn", V1, V1 + "/batch", "/elsewhere"):
        for key in (None, service.api_key):
            status, device = sender(service, path, key=key, body=body)
            assert status in (400, 401, 403, 404, 422) and device == "", (path, key)


def test_a_name_that_is_not_unicode_or_too_long_is_also_stored(service):
    body = b'{"ship_id": "a\\ud800b"}'
    assert sender(service, V2, body=body) == (401, "a\N{REPLACEMENT CHARACTER}b")
    assert sender(service, V2, {"ship_id": "x" * 9000}) == (401, "x" * 4096)
    assert sender(service, V2, {"ship_id": service.api_key}) == (401, "***")
