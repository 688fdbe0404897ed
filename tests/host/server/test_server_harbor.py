"""Harbor v2 and v1, profile cloud: the documented answers that no recording has."""

import json
import ssl

import httpx
import pytest
from wherry_host.server.dialects.harbor_v1 import Account
from wherry_host.server.service import Service

SERVER_ERROR = "Internal Server Error"
V1 = "/api/v1/ingest/ingest/1042"
V1_KEY = {"X-API-Key": "v1-key"}
V1_POINT = {"time": "2024-11-18T19:24:00.948Z", "ship_id": "s1", "cargo_id": "temp", "value": 0}
FORM = "multipart/form-data"


@pytest.fixture(scope="module")
def service():
    with Service(accounts={"harbor_v1": Account(api_key="v1-key")}) as running:
        yield running


@pytest.fixture(scope="module")
def client(service):
    trust = ssl.create_default_context(cafile=service.ca)
    with httpx.Client(verify=trust, base_url=service.url) as session:
        yield session


@pytest.fixture(scope="module")
def post(service, client):
    """Post to version 2 and return (status, JSON of the answer)."""

    def ask(body, path="", key=None):
        headers = {"X-API-Key": service.api_key if key is None else key}
        response = client.post(service.endpoint + path, json=body, headers=headers)
        return response.status_code, response.json()

    return ask


@pytest.fixture(scope="module")
def post_v1(client):
    """Post to version 1 and return (status, JSON of the answer)."""

    def ask(body=None, path=V1, headers=V1_KEY, **options):
        response = client.post(path, json=body, headers=headers, **options)
        return response.status_code, response.json()

    return ask


def point(**members):
    return {"ship_id": "s1", "cargo_id": "temp", "value": 20.5, **members}


def queued(count):
    return {"count": count, "ship_id": "s1", "status": "Data received and queued"}


def test_answers_to_a_batch(post):
    for body, status, answer in (
        ([point(), {"ship_id": "s2", "a": 1, "b": 2}], 202, queued(3)),
        ([point(), point(value="hot")], 202, queued(1)),
        (
            [point(), {"cargo_id": "temp", "value": 1}],
            400,
            {
                "message": "Batch Processing Error",
                "details": "Error in item index 1: missing ship_id",
            },
        ),
        (
            [point(value="hot"), point(value=None)],
            500,
            {"message": SERVER_ERROR, "details": "An unexpected internal server error occurred."},
        ),
    ):
        assert post(body, "/batch") == (status, answer), body


def test_a_missing_and_a_wrong_key_are_401(post):
    for path in ("", "/batch", "/ttn"):
        assert post({}, path, "") == (401, {"message": "API key is missing"})
        assert post({}, path, "wrong") == (401, {"message": "Invalid API key"})


@pytest.mark.parametrize(("api", "member"), (("harbor", "details"), ("harbor_v1", "message")))
def test_limits_of_the_plan_and_of_the_rate(api, member):
    limits = {"batch_count_max": 5, "singles_per_s": 2, "batches_per_s": 1}
    with Service(plain_http=True, switches={api: limits}) as service:
        reported = service.summary()[api]
        with httpx.Client(headers={"X-API-Key": reported["api_key"]}) as session:
            url, sent = reported["endpoint"], {**V1_POINT}
            large = session.post(url + "/batch", json=[sent] * 6)
            assert large.status_code == 400
            assert large.json()[member] == "Batch of 6 points exceeds the plan's 5"
            limited = session.post(url + "/batch", json=[sent])
            assert limited.status_code == 429 and "retry-after" not in limited.headers
            singles = [session.post(url, json=sent).status_code for _ in range(3)]
            assert singles == [200, 200, 429]


# Version 1.


def changed(**members):
    """Return the point with other members; None leaves one out."""
    return {name: value for name, value in {**V1_POINT, **members}.items() if value is not None}


@pytest.mark.parametrize("path", (V1, "/" + V1, "/api/v1/ingest/1042"))
def test_points_arrive_by_every_printed_path(service, post_v1, path):
    url = service.url + path
    answer = {"cargo_id": path, "ship_id": "s1", "status": "Data received and queued"}
    assert post_v1(changed(cargo_id=path), url) == (200, answer)
    answer = {"count": 3, "status": "Batch data received and queued"}
    batch = [changed(cargo_id=f"{path} {n}") for n in range(3)]
    assert post_v1(batch, url + "/batch") == (200, answer)
    stored = [each for each in service.store.channels() if each["channel"].startswith(path)]
    assert {(each["api"], each["points"]) for each in stored} == {("harbor_v1", 1)}
    assert {each["first_us"] for each in stored} == {1_731_957_840_948_000}


INVALID = (422, {"status_code": 422, "message": "Validation Error"})
UNREADABLE = (422, {"status_code": 422, "message": "Invalid request body"})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        *((changed(**{name: None}), INVALID) for name in V1_POINT),
        (changed(cargo_id="é" * 101), INVALID),
        (changed(value="1.5"), UNREADABLE),
        (changed(time="2024-11-18T19:24:00"), UNREADABLE),
    ],
)
def test_one_bad_item_refuses_all(service, post_v1, item, expected):
    before = service.store.channels()
    assert post_v1(item) == expected
    assert post_v1([changed(cargo_id="good"), item], V1 + "/batch") == expected
    assert service.store.channels() == before


def test_refusals_of_version_1(post_v1):
    for body, path, headers, status, message in (
        (V1_POINT, V1, {}, 403, "API key is missing"),
        (V1_POINT, V1, {"X-API-Key": "no"}, 403, "Invalid API key"),
        (V1_POINT, "/api/v1/ingest/ingest/7", V1_KEY, 404, "Harbor not found"),
        ([], V1 + "/batch", V1_KEY, 400, "Batch cannot be empty"),
    ):
        expected = (status, {"status_code": status, "message": message})
        assert post_v1(body, path, headers) == expected


def test_a_form_of_several_parts_is_refused_before_the_key_is_read(post_v1):
    form = {"Content-Type": f"{FORM}; boundary=x"}
    message = f"cannot read {FORM} body: multipart: NextPart: EOF"
    refused = (400, {"status_code": 400, "message": message})
    assert post_v1(headers=form, content="{}") == refused
    part = '--x\r\nContent-Disposition: form-data; name="v"\r\n\r\n{}\r\n--x--\r\n'
    assert post_v1(headers={**V1_KEY, **form}, content=part) == UNREADABLE
    # Other content types are ignored.
    for kind in (
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": FORM},
        {**form, "Content-Encoding": "identity"},
    ):
        content = json.dumps(V1_POINT)
        assert post_v1(headers={**V1_KEY, **kind}, content=content)[0] == 200
