"""HERE Tracking as in its descriptions: login, items, the ten seconds, and the owner."""

import json
import uuid
from contextlib import contextmanager

import httpx
import pytest
from support.places import DATA
from support.server.here_login import login_header
from wherry_host.clock import VirtualClock
from wherry_host.server.dialects import here
from wherry_host.server.dialects.here import DEVICE as HERE_DEVICE
from wherry_host.server.dialects.here import TRACKING_ID as HERE_TRACKING_ID
from wherry_host.server.dialects.here.tokens import (
    parse_header,
    signature,
)
from wherry_host.server.service import Service

VECTORS = json.loads((DATA / "here_oauth_vectors.json").read_text())
SECRET = "vHrFUhnxo0hxw2VqR5OXBBnvjeTK0T8etmws8HZ9dvw"
PUBLIC = "https://tracking.api.here.com/v2/token"
OTHER_DEVICE = "1b25138b-c795-4b20-a724-59a40162d8fd"


class Client:
    """A device that logs in and sends, and its owner who reads."""

    def __init__(self, service):
        self.service = service
        self._http = httpx.Client(base_url=service.url)
        self.nonce = 0

    def now_s(self):
        return self.service.clock.now_us() // 1_000_000

    def authorization(self, device=HERE_DEVICE, secret=SECRET, url=PUBLIC, **changes):
        self.nonce += 1
        return login_header(url, device, secret, f"n{self.nonce}", self.now_s(), **changes)

    def log_in(self, header=None, **options):
        header = self.authorization(**options) if header is None else header
        return self._http.post("/v2/token", headers={"Authorization": header})

    def token(self):
        return self.log_in().json()["accessToken"]

    def send(self, items, path="/v2/", token=None, **headers):
        headers = {"authorization": f"Bearer {token or self.token()}", **headers}
        return self._http.post(path, content=json.dumps(items), headers=headers)

    def owner(self, method, path, tracking_id=HERE_TRACKING_ID, **content):
        headers = {"authorization": f"Bearer {self.service.accounts['here'].user_token}"}
        return self._http.request(method, path + tracking_id, headers=headers, **content)

    def own(self, path):
        return self.owner("GET", path).json()

    def item(self, **members):
        return {"timestamp": self.service.clock.now_us() // 1000, **members}


@contextmanager
def served(clock_file=None, **switches):
    accounts = {"here": here.Account(SECRET)}
    options = {"accounts": accounts, "switches": {"here": switches}, "clock_file": clock_file}
    with Service(plain_http=True, **options) as service:
        yield Client(service)


@pytest.fixture(scope="module")
def client():
    with served() as client:
        yield client


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_published_signatures(vector):
    header = vector["authorization"]
    parameters = parse_header(header)
    given = parameters.pop("oauth_signature")
    assert given == vector["signature"]
    url, secret = vector["url"], vector["consumer_secret"]
    assert signature(vector["method"], url, parameters, secret) == given


def test_a_login(client):
    called = f"{client.service.url}/v2/token"
    for url in (PUBLIC, called, called.replace("http:", "https:")):
        answer = client.log_in(url=url)
        assert answer.status_code == 200, url
        assert answer.json()["expiresIn"] == 86_399
    now_s = client._http.get("/v2/timestamp").json()["timestamp"]
    assert abs(now_s - client.now_s()) <= 1
    # Another order, blanks, a realm that is not signed, the method's printed spelling.
    parts = client.authorization().removeprefix("OAuth ").split(",")
    assert client.log_in('OAuth realm="IoT", ' + " ,  ".join(reversed(parts))).is_success
    assert client.log_in(oauth_signature_method="HMAC_SHA256").is_success


def test_a_login_that_is_refused(client):
    for header in ("", "OAuth a=b", client.authorization(oauth_version="")):
        answer = client.log_in(header)
        assert answer.status_code == 400, header
        assert answer.json()["details"]["hereErrorCode"] == 400306
    answer = client.log_in(device=OTHER_DEVICE)
    assert answer.status_code == answer.json()["code"] == 404
    assert answer.json()["error"] == "No license found for the given deviceId."
    wrong = client.log_in(secret="other")
    replayed = client.authorization()
    client.log_in(replayed)
    for answer in (wrong, client.log_in(replayed)):
        assert answer.status_code == 401
        assert "x-here-timestamp" not in answer.headers
        assert answer.json()["details"] == {"hereErrorCode": 401306}
    for off_s in (-12, 12):
        answer = client.log_in(oauth_timestamp=str(client.now_s() + off_s))
        assert answer.status_code == 401
        assert abs(int(answer.headers["x-here-timestamp"]) - client.now_s()) <= 1
    device = client.service.apis["here"].devices[HERE_DEVICE]
    device.claimed = False
    answer = client.log_in()
    device.claimed = True
    assert answer.status_code == 412
    assert answer.json()["error"] == "Device has not been claimed."


PAGE_ITEMS = [
    {"scan": {"gsm": [{"mcc": 262, "mnc": 1, "lac": 5126, "cid": 16504, "nmr": [
        {"bsic": 6, "bcch": 82}]}]},
     "payload": {"sensor": "data"}},
    {"scan": {"wlan": [{"mac": "1c:1d:86:07:01:0f", "powrx": -45},
                       {"mac": "e4-f4-c6-d9-85-59", "powrx": -39}]},
     "payload": {"sensor": "data"}},
]  # fmt: skip


@pytest.mark.parametrize("path", ["/v2/", "/v3/", "/device-http/v2"])
def test_items_are_taken(client, path):
    items = [client.item(**each) for each in PAGE_ITEMS]
    answer = client.send(items, path, **{"x-request-id": str(uuid.uuid4())})
    assert answer.status_code == 200
    assert "stateVersion" in answer.json()["system"]
    answer = client.send(items, path + "?async=true")
    assert answer.status_code == 204
    assert answer.content == b""


BAD = [
    {"timestamp": None}, {"timestamp": 1.5}, {"timestamp": 1}, {"payload": {"a": "x" * 1000}},
    {"position": {"lat": 91, "lng": 1, "accuracy": 1}},
    {"position": {"lat": 1, "lng": 1, "accuracy": 1, "speed": 1.5, "heading": 1}},
    {"scan": {"wlan": [{"mac": "1c:1d:86:07:01:0f", "powrx": -45.0001}]}},
    {"scan": {"wlan": [{"mac": "1c:1d:86:07:01:0f"}] * 129}}, {"scan": {"bt": [{"rss": -50}]}},
    {"scan": {"gsm": [{"mcc": 262, "mnc": 1, "lac": 0, "cid": 1}]}},
    {"scan": {"lte": [{"mcc": 262, "mnc": 1, "cid": 1, "rsrq": -5}]}},
    {"system": {"stateVersion": -1}}, {"system": {"reportedSensorData": {"batteryLevel": 50.5}}},
]  # fmt: skip


def test_items_of_the_wrong_form(client):
    for members in BAD:
        answer = client.send([client.item(), client.item(**members)])
        problem = answer.json()
        assert answer.status_code == problem["code"] == 400, members
        assert problem["details"]["hereErrorCode"] == 400306
        assert problem["id"]


def test_bodies_and_headers_of_the_wrong_form(client):
    token = client.token()
    for items in ({}, [5]):
        assert client.send(items, token=token).status_code == 400, items
    assert client.send([], token=token).status_code == 200
    for request_id in ("7", str(uuid.uuid1())):
        headers = {"x-request-id": request_id}
        assert client.send([client.item()], token=token, **headers).status_code == 400, request_id
    for bad in ("h1.no", token + "x"):
        answer = client.send([client.item()], token=bad)
        assert answer.status_code == 401
        assert answer.json()["message"] == "The provided credentials are not valid."


def test_points_within_the_payload(client):
    item = client.item(payload={"t": 21.5, "n": "text", "b": True})
    before_ms = item["timestamp"] - 86_400_000
    item["payload"]["log"] = [[before_ms, "t", 20], [before_ms, "h", 1.5], ["x"], [1.5, "t", 2], 7]
    assert client.send([item]).is_success
    found = {
        each["channel"]: (each["device"], each["points"], each["first_us"] // 1000)
        for each in client.service.store.channels()
    }
    assert found["t"] == (HERE_TRACKING_ID, 2, before_ms)
    assert found["h"] == (HERE_TRACKING_ID, 1, before_ms)
    assert set(found) == {"t", "h"}


@pytest.mark.parametrize(
    ("window", "offsets_s", "status"),
    [
        ("strict", (0, -5), 200), ("strict", (0, -11), 400), ("strict", (20,), 400),
        ("newest", (0, -1_000_000), 200), ("newest", (-11, -12), 400), ("off", (-1_000_000,), 200),
    ],
)  # fmt: skip
def test_the_ten_seconds(window, offsets_s, status):
    with served(timestamp_window=window) as client:
        now_ms = client.service.clock.now_us() // 1000
        items = [{"timestamp": now_ms + 1000 * offset_s} for offset_s in offsets_s]
        assert client.send(items).status_code == status


def test_a_token_ends(tmp_path):
    clock = VirtualClock.create(tmp_path / "clock")
    with served(tmp_path / "clock", token_lifetime_s=600, timestamp_window="off") as client:
        token = client.token()
        item = client.item()
        assert client.send([item], token=token).is_success
        clock.set_scale(1000)
        clock.sleep(601)
        clock.set_scale(1)
        assert client.send([item], token=token).status_code == 401


def test_limits():
    with served(requests_per_min=2, body_size_max=2000, strict=True) as client:
        token = client.token()
        headers = {"x-request-id": str(uuid.uuid4())}
        large = [client.item(payload={"a": "x" * 900}) for _ in range(3)]
        assert client.send(large, token=token, **headers).status_code == 413
        assert client.send([client.item()], token=token).status_code == 400
        unknown = [client.item(system={"client": {"colour": "red"}})]
        assert client.send(unknown, token=token, **headers).status_code == 400
        answer = client.send([client.item()], token=token, **headers)
        assert answer.status_code == 429
        limits = [answer.headers["x-ratelimit-" + name] for name in ("limit", "remaining")]
        assert limits == ["2", "0"]
        assert answer.headers["retry-after"] == "60"


def test_the_owner_and_the_shadows(client):
    desired = {"payload": {"led": "red"}, "system": {"rate": {"sampleMs": 1000, "sendMs": 60000}}}
    was = client.own("/shadows/v2/")["desired"]["system"]["stateVersion"]
    assert client.owner("PUT", "/shadows/v2/", json=desired).is_success
    assert client.owner("PUT", "/shadows/v2/", json=[]).status_code == 400
    answer = client.send([client.item(system={"reportedSensorData": {"temperatureC": 20}})]).json()
    assert answer["system"]["stateVersion"] == was + 1
    assert answer["payload"] == {"led": "red"}
    client.send([client.item(system={"stateVersion": was + 1})])
    reported = client.own("/shadows/v2/")["reported"]
    # A missing member keeps its last value.
    assert reported["system"]["reportedSensorData"]["temperatureC"] == 20
    assert reported["system"]["stateVersion"] == was + 1
    for path in ("/shadows/v2/", "/traces/v2/"):
        assert client._http.get(path + HERE_TRACKING_ID).status_code == 401
    assert client.owner("GET", "/shadows/v2/", "HERE-none").status_code == 404


def test_positions_are_resolved_after_the_answer(client):
    client.service.apis["here"].places.known = {
        "1c:1d:86:07:01:0f": (55.95, -3.19), (262, 1, 5126, 16504): (50.0, 8.0),
    }  # fmt: skip
    both = PAGE_ITEMS[1]["scan"]["wlan"]
    gps = {"lat": 55.9535, "lng": -3.1939, "accuracy": 10}
    for scan, position, expected in (
        ({"wlan": both}, None, (55.95, "wlan")),
        ({"wlan": both[:1]}, None, None),
        ({"wlan": both[1:], **PAGE_ITEMS[0]["scan"]}, None, (50.0, "cell")),
        ({"wlan": both}, gps, (55.9535, None)),
        ({"wlan": both}, {**gps, "accuracy": 5000}, (55.95, "wlan")),
    ):
        parts = {"scan": scan, "position": position}
        item = client.item(**{name: part for name, part in parts.items() if part})
        assert client.send([item]).is_success
        placed = client.own("/traces/v2/")["data"][-1].get("position")
        assert (placed and (placed["lat"], placed.get("type"))) == expected, (scan, position)


def test_raw_items_are_kept_and_no_secret_is_logged(client):
    token = client.token()
    assert client.send([client.item(payload={"marker": 77})], token=token).is_success
    rows = client.service.store._db.execute("SELECT device, content FROM items").fetchall()
    assert any(device == HERE_TRACKING_ID and '"marker"' in content for device, content in rows)
    logged = json.dumps(client.service.store.requests(1000))
    assert token not in logged
    assert SECRET not in logged
