"""Harbor v2, profile cloud: each documented answer, tested over HTTPS."""

import gzip
import json
import socket
import ssl

import httpx
import pytest
from wherry_host.server.service import Service

NO_NUMBER = {
    "message": "No valid data found",
    "details": "Payload contained no valid 'value' or numeric metrics.",
}
NO_SHIP = {"message": "Validation Error", "details": "missing ship_id"}
SERVER_ERROR = "Internal Server Error"


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


@pytest.fixture(scope="module")
def client(service):
    trust = ssl.create_default_context(cafile=service.ca)
    with httpx.Client(verify=trust, headers={"X-API-Key": service.api_key}) as session:
        yield session


def queued(count, ship="s1"):
    return {"count": count, "ship_id": ship, "status": "Data received and queued"}


def point(**members):
    return {"ship_id": "s1", "cargo_id": "temp", "value": 20.5, **members}


def name_fault(index, name, tag):
    return {
        "loc": [f"[{index}].{name}"],
        "msg": f"Validation failed on tag '{tag}'",
        "type": f"validation_error.{tag}",
    }


SINGLE = [
    (point(), 200, queued(1)),
    ({"ship_id": "s1", "cpu": 45.2, "ram": 1024}, 200, queued(2)),
    ({"ship_id": "s1", "ram": "1_024", "text": "hot", "flag": True}, 200, queued(1)),
    (point(battery=3.7), 200, queued(2)),
    (point(access_token=5), 200, queued(1)),
    (point(value="24.5"), 200, queued(1)),
    (point(value="0x1p-2"), 200, queued(1)),
    (point(value=2**70), 200, queued(1)),
    (point(cargo_id="c" * 100), 200, queued(1)),
    (point(cargo_id="é" * 100), 200, queued(1)),
    (point(ship_id="é" * 100), 200, queued(1, "é" * 100)),
    (point(ship_id=""), 400, NO_SHIP),
    (point(ship_id=None), 400, NO_SHIP),
    (point(ship_id=7), 400, NO_SHIP),
    (None, 400, NO_SHIP),
    ({"cargo_id": "temp", "value": 1}, 400, NO_SHIP),
    ({"ship_id": "s1", "cargo_id": "temp"}, 400, NO_NUMBER),
    ({"ship_id": "s1", "value": 5}, 400, NO_NUMBER),
    (point(cargo_id=9), 400, NO_NUMBER),
    (point(value=None), 400, NO_NUMBER),
    (point(value=False), 400, NO_NUMBER),
    (point(value="hot"), 400, NO_NUMBER),
    (point(value=" 1"), 400, NO_NUMBER),
    (point(value="1e400"), 400, NO_NUMBER),
    (point(value=[1]), 400, NO_NUMBER),
    (
        point(cargo_id=""),
        400,
        {"message": "Validation Error", "details": [name_fault(0, "CargoID", "required")]},
    ),
    (
        point(ship_id="s" * 101, cargo_id="é" * 101),
        400,
        {
            "message": "Validation Error",
            "details": [name_fault(0, "ShipID", "max"), name_fault(0, "CargoID", "max")],
        },
    ),
    (point(value="NaN"), 500, {"message": SERVER_ERROR, "details": "Failed to prepare data"}),
    (
        point(value="-Infinity"),
        500,
        {"message": SERVER_ERROR, "details": "Failed to prepare data"},
    ),
]

BATCH = [
    ([point()], 202, queued(1)),
    ([point(), point(ship_id="s2", value=1)], 202, queued(2)),
    ([point(), {"ship_id": "s2", "a": 1, "b": 2}], 202, queued(3)),
    ([point(), point(value="hot")], 202, queued(1)),
    ([point(value="hot"), point(ship_id="s2")], 202, queued(1, "s2")),
    (
        [point(), {"cargo_id": "temp", "value": 1}],
        400,
        {
            "message": "Batch Processing Error",
            "details": "Error in item index 1: missing ship_id",
        },
    ),
    (
        [point(), point(cargo_id="")],
        400,
        {"message": "Validation Error", "details": [name_fault(1, "CargoID", "required")]},
    ),
    ([], 400, {"message": "Invalid request body", "details": "Batch cannot be empty."}),
    (
        [point(value="hot"), point(value=None)],
        500,
        {"message": SERVER_ERROR, "details": "An unexpected internal server error occurred."},
    ),
]

UNREADABLE = [
    ("", "[]", "Could not parse JSON: "),
    ("", "", "Could not parse JSON: unexpected end of JSON input"),
    ("", '{"ship_id":', "Could not parse JSON: "),
    ("", '{"ship_id":"s1","cargo_id":"a","value":NaN}', "Could not parse JSON: "),
    ("", '{"ship_id":"s1","cargo_id":"a","value":1e400}', "Could not parse JSON: "),
    ("", '{"ship_id":"s1","cargo_id":"a","value":1%s}' % ("0" * 400), "Could not parse JSON: "),
    ("", "[" * 100_000, "Could not parse JSON: "),
    ("/batch", "{}", "Expected a JSON array: "),
    ("/batch", "[5]", "Expected a JSON array: "),
    ("/batch", "", "Expected a JSON array: unexpected end of JSON input"),
]


def test_single_answers(service, client):
    headers = {"Content-Type": "application/json"}
    for body, status, answer in SINGLE:
        response = client.post(service.endpoint, content=json.dumps(body), headers=headers)
        assert (response.status_code, response.json()) == (status, answer), body


def test_batch_answers(service, client):
    for body, status, answer in BATCH:
        response = client.post(service.endpoint + "/batch", json=body)
        assert (response.status_code, response.json()) == (status, answer), body


def test_unreadable_bodies(service, client):
    for path, body, details in UNREADABLE:
        response = client.post(
            service.endpoint + path, content=body, headers={"Content-Type": "application/json"}
        )
        answer = response.json()
        assert response.status_code == 400, body
        assert answer["message"] == "Invalid request body", body
        assert answer["details"].startswith(details), answer


def test_content_type_must_be_json(service, client):
    text = json.dumps(point())
    refused = "Could not parse JSON: Unprocessable Entity"
    for kind, status in (
        ("application/json; charset=utf-8", 200),
        ("application/senml+json", 200),
        ("text/plain", 400),
        ("", 400),
    ):
        response = client.post(service.endpoint, content=text, headers={"Content-Type": kind})
        assert response.status_code == status, kind
        assert status == 200 or response.json()["details"] == refused


def test_forms_are_refused_in_the_words_of_the_framework(service, client):
    text = json.dumps(point())
    form = "multipart/form-data"
    unread = f"cannot read {form} body: multipart: NextPart: EOF"
    no_struct = (
        "Could not parse JSON: failed to decode: schema: interface must be a pointer to struct"
    )
    for kind, content, message, details in (
        (
            form,
            text,
            "Invalid request body",
            f"Could not parse JSON: request Content-Type has bad boundary or is not {form}",
        ),
        (f"{form}; boundary=x", text, SERVER_ERROR, unread),
        (f"{form}; boundary=x", "--x--\r\n", "Invalid request body", no_struct),
        ("application/x-www-form-urlencoded", text, "Invalid request body", no_struct),
    ):
        response = client.post(service.endpoint, content=content, headers={"Content-Type": kind})
        assert response.status_code == 400, kind
        assert response.json() == {"message": message, "details": details}


def test_success_is_the_exact_text(service, client):
    response = client.post(service.endpoint, json=point(ship_id="a<b>&é"))
    expected = (
        '{"count":1,"ship_id":"a\\u003cb\\u003e\\u0026é","status":"Data received and queued"}'
    )
    assert response.text == expected
    assert response.headers["content-type"] == "application/json"
    assert response.headers["vary"] == "Origin"
    assert "retry-after" not in response.headers
    assert response.headers["date"].endswith("GMT")


def test_missing_and_wrong_key_are_401(service, client):
    for path in ("", "/batch", "/ttn"):
        for key, answer in (
            (None, {"message": "API key is missing"}),
            ("", {"message": "API key is missing"}),
            ("wrong", {"message": "Invalid API key"}),
        ):
            headers = {} if key is None else {"X-API-Key": key}
            request = httpx.Request("POST", service.endpoint + path, headers=headers, content="?")
            response = client.send(request)
            assert (response.status_code, response.json()) == (401, answer), (path, key)


def test_unknown_harbor_path_and_method(service, client):
    wrong = service.endpoint.replace(service.harbor_id, "999")
    for method, url, status, details in (
        ("POST", wrong, 404, "Cannot POST /api/v2/ingest/999"),
        ("POST", wrong + "/batch", 404, "Cannot POST /api/v2/ingest/999/batch"),
        ("POST", service.url + "/nope", 404, "Cannot POST /nope"),
        ("POST", service.url + "/api/v2/ingest", 404, "Cannot POST /api/v2/ingest"),
        ("GET", service.endpoint, 405, "Method Not Allowed"),
    ):
        response = client.request(method, url, json=point() if method == "POST" else None)
        assert response.status_code == status, url
        assert response.json() == {"message": SERVER_ERROR, "details": details}
        assert response.headers.get("allow") == ("POST" if status == 405 else None)


def test_health_and_head_carry_a_date(service, client):
    response = client.get(service.url + "/healthz")
    assert (response.status_code, response.text) == (200, '{"status":"healthy"}')
    assert "date" in client.head(service.url + "/").headers


def test_body_of_4_mib_is_the_limit(service, client):
    text = json.dumps(point()).encode()
    headers = {"Content-Type": "application/json"}
    whole = client.post(service.endpoint, content=text.ljust(4_194_304), headers=headers)
    assert whole.status_code == 200
    for content in (text.ljust(4_194_305), iter([text.ljust(4_194_304), b" "])):
        refused = client.post(service.endpoint, content=content, headers=headers)
        assert refused.status_code == 413
        assert refused.json() == {"message": SERVER_ERROR, "details": "Request Entity Too Large"}
        assert refused.headers["connection"] == "close"


def test_chunked_and_gzip_bodies(service, client):
    text = json.dumps(point()).encode()
    headers = {"Content-Type": "application/json"}
    assert client.post(service.endpoint, content=iter([text]), headers=headers).is_success
    headers["Content-Encoding"] = "gzip"
    assert client.post(service.endpoint, content=gzip.compress(text), headers=headers).is_success
    large = gzip.compress(text.ljust(5_000_000))
    assert client.post(service.endpoint, content=large, headers=headers).is_success
    bomb = gzip.compress(bytes(67_108_865))
    assert client.post(service.endpoint, content=bomb, headers=headers).status_code == 413
    assert client.post(service.endpoint, content=b"no gzip", headers=headers).status_code == 400


def test_plan_and_rate_limits():
    limits = {"batch_count_max": 5, "singles_per_s": 2, "batches_per_s": 1}
    with Service(plain_http=True, switches={"harbor": limits}) as service:
        session = httpx.Client(headers={"X-API-Key": service.api_key})
        large = session.post(service.endpoint + "/batch", json=[point()] * 6)
        assert large.status_code == 400
        assert large.json()["details"] == "Batch of 6 points exceeds the plan's 5"
        limited = session.post(service.endpoint + "/batch", json=[point()])
        assert limited.status_code == 429
        assert "retry-after" not in limited.headers
        singles = [session.post(service.endpoint, json=point()) for _ in range(3)]
        assert [response.status_code for response in singles] == [200, 200, 429]
        session.close()


def raw_exchange(service, head, body):
    """Send a request by hand; return all bytes until the server closes the connection."""
    address = ("127.0.0.1", int(service.url.rpartition(":")[2]))
    sock = socket.create_connection(address, timeout=5)
    trust = ssl.create_default_context(cafile=service.ca)
    with sock, trust.wrap_socket(sock, server_hostname="localhost") as secured:
        secured.sendall(head.encode() + body)
        pieces = []
        while piece := secured.recv(4096):
            pieces.append(piece)
    return b"".join(pieces)


def test_old_http_expectations_and_closing(service):
    body = json.dumps(point()).encode()
    fields = (
        f"Host: localhost\r\nX-API-Key: {service.api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    path = f"/api/v2/ingest/{service.harbor_id}"
    for version, field, first_line in (
        ("1.0", "", b"HTTP/1.1 200 OK\r\n"),
        ("1.1", "Connection: close\r\n", b"HTTP/1.1 200 OK\r\n"),
        ("1.1", "Connection: close\r\nExpect: 100-continue\r\n", b"HTTP/1.1 100 "),
    ):
        head = f"POST {path} HTTP/{version}\r\n{fields}{field}\r\n"
        answer = raw_exchange(service, head, body)
        assert answer.startswith(first_line), answer
        assert b"200 OK" in answer and b"connection: close" in answer.lower(), answer
        assert answer.endswith(b'"status":"Data received and queued"}')
