"""HERE's uplink against the local server: real requests over a socket, with and without TLS."""

import sqlite3
import ssl
import uuid
from contextlib import closing, contextmanager

import httpx
import pytest
from support.boards import direct_link
from wherry.config.uplinks import uplink
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.rows.frame import MS
from wherry.sending import verdict
from wherry.sending.begin import begin
from wherry.sending.session import sessions
from wherry.sending.session.session_upload import SessionUpload
from wherry.sending.step import step
from wherry.uplinks.here import dialect as here
from wherry_host.server.dialects.here import DEVICE as HERE_DEVICE
from wherry_host.server.dialects.here import TRACKING_ID as HERE_TRACKING_ID
from wherry_host.server.service import Service

TO_2000_S = 946_684_800
CHANNELS = (
    ("temperature", "°C", 2), ("humidity", "%", 2), ("latitude", "°", 6), ("longitude", "°", 6),
    ("battery", "%", 0),
)  # fmt: skip


class Node:
    """A queue of rows and an uplink to the service, on a clock that is off by some seconds."""

    def __init__(self, service, root, off_s=0, **options):
        self.service, self.root, self.off_s = service, root, off_s
        for folder in ("cursors", "aside"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        self.queue = Queue(str(root), CHANNELS, True, 400_000)
        self.expected = {}
        given = {"kind": "here", "device_id": HERE_DEVICE, "endpoint": service.url}
        given |= {
            "device_secret": service.accounts["here"].device_secret,
            "allow_plain_http": True,
        }
        errors = []
        self.settings = uplink("[[uplink]] 1", given | options, ("here",), errors)
        assert not errors
        self.settings["name"] = "node-1"
        self.wake()

    def wake(self):
        """Start as from deep sleep, with the state that survives it."""
        ledger = in_file(str(self.root / "cursors/here"))
        self.upload = SessionUpload(
            "here", here, self.settings, self.queue, ledger, str(self.root / "aside"),
            lambda flags, boot, s, ms: (s, ms),
        )  # fmt: skip
        self.paths = []
        sessions.restore([self.upload])
        self.session = self.upload.session

    def now_ms(self):
        return self.service.clock.now_us() // 1000 + self.off_s * 1000

    def add(self, age_ms, values):
        ms = self.now_ms() - age_ms
        self.queue.append(MS, 0, ms // 1000 - TO_2000_S, ms % 1000, 31, values)
        for (name, _, decimals), value in zip(CHANNELS, values, strict=True):
            self.expected[name, ms * 1000] = value / 10**decimals

    def add_old(self, row_count):
        for i in range(row_count):
            values = [2000 + i % 500, 4000 - i, 55_953_500 + i, -3_193_900, 100 - i % 101]
            self.add(60_000 * (row_count - i) + 20_000, values)

    def exchange(self, request):
        self.paths.append(request.url.removeprefix(self.service.url))
        return direct_link.exchange(request, self.service.ca, here.ANSWER_SIZE_MAX)

    def run(self):
        """Send until nothing is left or nothing can be sent; return the verdicts."""
        found = []
        begin(self.upload, 0)
        while len(found) < 60 and (not found or found[-1].kind in (0, 2, verdict.AGAIN)):
            now_ms = self.now_ms()
            self.session.now = now_ms // 1000 - TO_2000_S, now_ms % 1000
            found.append(step(self.upload, self.exchange, -1))
            ledger = self.upload.ledger
            assert self.upload.waiting() == self.queue.readings - ledger.settled() >= 0
        self.outcome = found[-1]
        return [each.kind for each in found]

    def stored(self):
        """Return {(channel, us): value} as the server's database has it."""
        with closing(sqlite3.connect(self.service.db)) as database:
            rows = database.execute(
                "SELECT device, channel, time_us, value FROM points WHERE api = 'here'"
            ).fetchall()
        assert {row[0] for row in rows} <= {HERE_TRACKING_ID}
        found = {(channel, time_us): value for _, channel, time_us, value in rows}
        assert len(found) == len(rows)
        return found

    def own(self, method="GET", **content):
        headers = {"authorization": f"Bearer {self.service.accounts['here'].user_token}"}
        url = f"{self.service.url}/shadows/v2/{HERE_TRACKING_ID}"
        context = ssl.create_default_context(cafile=self.service.ca)
        return httpx.request(method, url, headers=headers, verify=context, **content).json()


@contextmanager
def served(plain_http=True, clock_file=None, **switches):
    switches = {"here": {"strict": True, **switches}}
    options = {"switches": switches, "clock_file": clock_file}
    with Service(plain_http=plain_http, **options) as service:
        yield service


@pytest.mark.parametrize(
    ("plain_http", "mode", "window"),
    [
        (False, "log", "strict"), (True, "log", "newest"), (True, "trusting", "strict"),
        (False, "trusting", "newest"), (True, "trusting", "off"),
    ],
)  # fmt: skip
def test_a_backlog_and_a_current_row(tmp_path, plain_http, mode, window):
    with served(plain_http, timestamp_window=window) as service:
        node = Node(service, tmp_path, mode=mode)
        node.add_old(200)
        node.add(1_500, [2153, 4321, 55_953_500, -3_193_900, 88])
        kinds = node.run()
        assert node.stored() == node.expected, kinds
        assert node.upload.ledger.delivered == 1005
        assert bool(node.session.log_only) == (mode == "trusting" and window == "strict")
        reported = node.own()["reported"]
        assert reported["system"]["reportedSensorData"] == {
            "temperatureC": 21.53, "relativeHumidity": 43.21, "batteryLevel": 88,
        }  # fmt: skip
        assert reported["system"]["client"]["manufacturer"] == "wherry"
        assert (reported["position"]["lat"], reported["position"]["lng"]) == (55.9535, -3.1939)
        # After a deep sleep the next upload needs no login.
        node.wake()
        node.add(1_000, [2154, 4322, 55_953_501, -3_193_900, 88])
        assert node.run() == [verdict.DELIVERED, None]
        assert node.paths == ["/v2/"]
        assert node.stored() == node.expected


def test_an_asynchronous_upload(tmp_path):
    with served() as service:
        node = Node(service, tmp_path, **{"async": True})
        node.add_old(3)
        assert node.run() == [verdict.AGAIN, verdict.DELIVERED, None]
        assert node.paths[1] == "/v2/?async=true"
        assert node.stored() == node.expected


def test_refusals_are_reported_with_a_remedy(tmp_path):
    with served() as service:
        devices = service.apis["here"].devices
        node = Node(service, tmp_path)
        node.add_old(3)
        right = node.settings["device_secret"]
        node.settings["device_secret"] = "x" * 43
        assert node.run() == [verdict.DENIED]
        assert "check device_secret" in node.outcome.note
        node.settings["device_secret"] = right
        node.settings["device_id"] = str(uuid.uuid4())
        assert node.run() == [verdict.DENIED]
        assert "no licence" in node.outcome.note
        node.settings["device_id"] = HERE_DEVICE
        devices[HERE_DEVICE].claimed = False
        assert node.run() == [verdict.DENIED]
        assert "claim the device" in node.outcome.note
        devices[HERE_DEVICE].claimed = True
        assert node.run() == [verdict.AGAIN, verdict.DELIVERED, None]
        # The signature is also valid over the public address, whatever address is called.
        node.settings["signing_url"] = "https://tracking.api.here.com"
        service.apis["here"].tokens.revoke(HERE_DEVICE)
        node.add_old(1)
        assert node.run() == [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED, None]
        assert node.stored() == node.expected


def test_limits_of_the_plan(tmp_path):
    with served(body_size_max=3000) as service:
        node = Node(service, tmp_path)
        node.add_old(40)
        node.run()
        assert node.stored() == node.expected
        assert node.upload.ledger.set_aside == 0
    with served(requests_per_min=1) as service:
        node = Node(service, tmp_path / "new")
        node.add_old(80)
        kinds = node.run()
        assert kinds == [verdict.AGAIN, verdict.DELIVERED, verdict.BUSY]
        assert node.outcome.retry_s == 60


@pytest.mark.parametrize("off_s", [-3600, 12, 100_000])
def test_a_clock_that_is_wrong(tmp_path, off_s):
    with served() as service:
        node = Node(service, tmp_path, off_s)
        node.add_old(3)
        node.add(1_000, [2153, 4321, 55_953_500, -3_193_900, 88])
        assert node.run() == [verdict.AGAIN, verdict.AGAIN, verdict.DELIVERED, None]
        assert abs(node.session.diff_s + off_s) <= 1
        assert node.stored() == node.expected


def test_the_owner_sets_the_shadow_of_the_node(tmp_path):
    with served() as service:
        node = Node(service, tmp_path, shadow_payload=["led"])
        node.own("PUT", json={
            "payload": {"led": "red", "pin": 5},
            "system": {"rate": {"sampleMs": 30_000, "sendMs": 1}},
        })  # fmt: skip
        node.add_old(1)
        node.run()
        good = {"sample_every_ms": 30_000, "payload": {"led": "red"}}
        assert node.session.apply == good
        node.wake()
        assert node.session.shadow == good
        node.add_old(1)
        node.run()
        reported = node.own()["reported"]
        assert reported["system"]["stateVersion"] == 1
        assert reported["payload"]["shadow_result"] == "sendMs is not 10000 to 86400000"
        node.own("PUT", json={"system": {"rate": {"sendMs": 60_000}}})
        node.add_old(1)
        node.run()
        node.add_old(1)
        node.run()
        assert node.session.apply == {**good, "send_every_ms": 60_000}
        reported = node.own()["reported"]
        assert reported["system"]["stateVersion"] == 2
        assert reported["payload"]["shadow_result"] == "applied"
