"""Telemetry Harbor v1 as in its documentation: every row of its tables."""

import json

import httpx
import pytest
from wherry_host.server.dialects.harbor_v1 import Account
from wherry_host.server.service import Service

BASE = "/api/v1/ingest/ingest/1042"
POINT = {"time": "2024-11-18T19:24:00.948Z", "ship_id": "s1", "cargo_id": "temp", "value": 0}
KEY = {"X-API-Key": "v1-key"}


def changed(**members):
    """Return the point with other members; None leaves one out."""
    return {name: value for name, value in {**POINT, **members}.items() if value is not None}


@pytest.fixture(scope="module")
def service():
    accounts = {"harbor_v1": Account(api_key="v1-key")}
    with Service(plain_http=True, accounts=accounts) as service:
        yield service


@pytest.fixture
def post(service):
    """Post to a path and return (status, JSON of the answer)."""
    with httpx.Client() as client:

        def ask(path, json=None, headers=KEY, **options):
            url = service.url + path
            response = client.post(url, json=json, headers=headers, **options)
            return response.status_code, response.json()

        yield ask


@pytest.mark.parametrize("slashes", ["/", "//"])
@pytest.mark.parametrize("base", [BASE, "/api/v1/ingest/1042"])
def test_points_arrive_by_every_printed_path(service, post, slashes, base):
    path = slashes + base[1:]
    single = changed(cargo_id=path)
    queued = "Data received and queued"
    assert post(path, single) == (200, {"cargo_id": path, "ship_id": "s1", "status": queued})
    answer = post(path + "/batch", [changed(cargo_id=path + str(n)) for n in range(3)])
    assert answer == (200, {"count": 3, "status": "Batch " + queued.replace("Data", "data")})
    stored = [each for each in service.store.channels() if each["channel"].startswith(path)]
    assert {(each["api"], each["points"]) for each in stored} == {("harbor_v1", 1)}
    assert {each["first_us"] for each in stored} == {1_731_957_840_948_000}


INVALID = (422, {"status_code": 422, "message": "Validation Error"})
UNREADABLE = (422, {"status_code": 422, "message": "Invalid request body"})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        *((changed(**{name: None}), INVALID) for name in POINT),
        (changed(ship_id=""), INVALID),
        (changed(cargo_id=""), INVALID),
        (changed(ship_id="x" * 101), INVALID),
        (changed(cargo_id="é" * 101), INVALID),
        (changed(value="1.5"), UNREADABLE),
        (changed(value=True), UNREADABLE),
        (changed(time="2024-11-18 19:24:00"), UNREADABLE),
        (changed(time="2024-11-18T19:24:00"), UNREADABLE),
        (changed(time=1_731_957_840), UNREADABLE),
        (changed(ship_id=7), UNREADABLE),
    ],
)
def test_one_bad_item_refuses_all(service, post, item, expected):
    before = service.store.channels()
    assert post(BASE, item) == expected
    assert post(BASE + "/batch", [changed(cargo_id="good"), item]) == expected
    assert service.store.channels() == before


def test_odd_bodies_that_are_accepted(post):
    assert post(BASE, {name.upper(): value for name, value in POINT.items()})[0] == 200
    assert post(BASE, changed(time="2024-11-18T19:24:00+01:00", unknown={"a": 1}))[0] == 200
    assert post(BASE, changed(ship_id="é" * 100, value=-1e300))[0] == 200


def test_refusals(post):
    assert post(BASE, POINT, {}) == (403, {"status_code": 403, "message": "API key is missing"})
    wrong = {"X-API-Key": "no"}
    assert post(BASE, POINT, wrong) == (403, {"status_code": 403, "message": "Invalid API key"})
    missing = {"status_code": 404, "message": "Harbor not found"}
    assert post("/api/v1/ingest/ingest/7", POINT) == (404, missing)
    nowhere = {"status_code": 404, "message": "Cannot POST /api/v1/ingest/a/b/c"}
    assert post("/api/v1/ingest/a/b/c", POINT) == (404, nowhere)
    empty = {"status_code": 400, "message": "Batch cannot be empty"}
    assert post(BASE + "/batch", []) == (400, empty)
    assert post(BASE, [POINT]) == UNREADABLE
    assert post(BASE + "/batch", POINT) == UNREADABLE
    assert post(BASE + "/batch", [5]) == UNREADABLE
    assert post(BASE, content=b"{") == UNREADABLE


def part(value):
    """Return a form of one part, as a browser posts it."""
    return f'--x\r\nContent-Disposition: form-data; name="v"\r\n\r\n{value}\r\n--x--\r\n'


FORM = "multipart/form-data"
NO_PART = f"cannot read {FORM} body: multipart: NextPart: EOF"
UNREAD = (400, {"status_code": 400, "message": NO_PART})


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        (f"{FORM}; boundary=x", json.dumps(POINT), UNREAD),
        (f"{FORM}; boundary=x", "--xx\r\n--x-\n x--x--", UNREAD),
        (f'{FORM}; charset=utf-8;  boundary="x"', json.dumps(POINT), UNREAD),
        (f"{FORM}; boundary=x", part(json.dumps(POINT)), UNREADABLE),
        (f"{FORM}; boundary=x", "", UNREADABLE),
    ],
)
def test_a_form_of_several_parts_is_refused(service, post, kind, content, expected):
    before = service.store.channels()
    headers = {**KEY, "Content-Type": kind}
    assert post(BASE, content=content, headers=headers) == expected
    assert post(BASE + "/batch", content=content, headers=headers) == expected
    assert service.store.channels() == before


def test_a_form_is_read_before_the_key_is(post):
    headers = {"Content-Type": f"{FORM}; boundary=x"}
    assert post(BASE, content="{}", headers=headers) == UNREAD


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": FORM},
        {"Content-Type": f"{FORM}; boundary="},
        {"Content-Type": f"{FORM}; boundaries=x"},
        {"Content-Type": "Multipart/Form-Data; boundary=x"},
        {"Content-Type": f"{FORM}; boundary=x", "Content-Encoding": "identity"},
    ],
)
def test_other_content_types_are_ignored(post, headers):
    assert post(BASE, content=json.dumps(POINT), headers={**KEY, **headers})[0] == 200
    assert post(BASE + "/batch", content=json.dumps([POINT]), headers={**KEY, **headers})[0] == 200


def test_a_form_in_chunks_is_read_as_json(post):
    headers = {**KEY, "Content-Type": f"{FORM}; boundary=x"}
    assert post(BASE, content=iter([json.dumps(POINT).encode()]), headers=headers)[0] == 200


def test_limits():
    switches = {"harbor_v1": {"batch_count_max": 5, "singles_per_s": 1, "batches_per_s": 1}}
    accounts = {"harbor_v1": Account(api_key="v1-key")}
    with Service(plain_http=True, accounts=accounts, switches=switches) as service:
        url = service.url + BASE
        batch = [changed(cargo_id=str(n)) for n in range(6)]
        response = httpx.post(url + "/batch", json=batch, headers=KEY)
        assert response.status_code == 400
        assert response.json()["message"] == "Batch of 6 points exceeds the plan's 5"
        for path, body in (("", POINT), ("/batch", [POINT])):
            statuses = [httpx.post(url + path, json=body, headers=KEY).status_code for _ in "123"]
            assert 429 in statuses[1:], path
        size = "4194305"
        response = httpx.post(url, content=b"x" * int(size), headers=KEY)
        assert response.json() == {"status_code": 413, "message": "Request Entity Too Large"}
