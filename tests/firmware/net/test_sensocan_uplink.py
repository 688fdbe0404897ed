"""SensoCan's uplink and the local server: real requests over a socket, with and without TLS."""

import sqlite3
import tomllib
from collections import Counter
from contextlib import closing, contextmanager

import pytest
from support.boards import direct_link
from support.places import ROOT
from wherry.config.check import check
from wherry.config.uplinks import select, uplink
from wherry.queue.queue import Queue
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal import quarantine
from wherry.sending.refusal.aside_files import Aside
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.session import sessions
from wherry.sending.step import step
from wherry.uplinks.sensocan import dialect as sensocan
from wherry_host.server.dialects.sensocan import DEVICE as SENSOCAN_DEVICE
from wherry_host.server.service import Service

TO_2000_S = 946_684_800
BEGIN_S = 848_000_000
# The names at the node; the second one is a slug that the server knows.
CHANNELS = (
    ("air", "°C", 2), ("humidity", "%", 1), ("battery_voltage", "V", 3), ("node_boots", "", 0),
)  # fmt: skip
GO_ON = (verdict.DELIVERED, verdict.REJECTED, verdict.AGAIN, verdict.PARTIAL)


class Node:
    """A queue of rows and an uplink to the service; air is sent by its sensor's UUID."""

    def __init__(self, service, root, names=None, **options):
        self.service = service
        for folder in ("cursors", "aside"):
            (root / folder).mkdir()
        account = service.summary()["sensocan"]
        self.sensors = account["sensors"]
        self.queue = Queue(str(root), CHANNELS, False, 400_000)
        given = {"kind": "sensocan", "endpoint": account["url"], "allow_plain_http": True}
        given |= {"device_uuid": account["device_uuid"], "token": account["token"]}
        given["names"] = {"air": self.sensors["temperature"], **(names or {})}
        errors = []
        self.settings = uplink("[[uplink]] 1", given | options, ("sensocan",), errors)
        select([self.settings], CHANNELS, 60_000, errors)
        assert not errors
        upload = SelectedUpload(
            "sensocan", sensocan, self.settings, self.queue, self.queue.ledger("sensocan"),
            str(root / "aside"), None, Selection(*self.settings["selection"]),
        )  # fmt: skip
        self.upload = upload
        self.uploads = self.queue.uploads = [upload]
        sessions.restore(self.uploads)
        quarantine.resume(self.uploads, None)
        self.expected = Counter()
        self.rows = self.lose = 0
        self.paths, self.notes = [], []

    def add(self, row_count, mask=15):
        """Queue rows; the sensors' rows are expected at the server."""
        for _ in range(row_count):
            i, s = self.rows, BEGIN_S + 60 * self.rows
            self.rows += 1
            values = [2000 + i, 500 - i, 3700 - i, 1]
            taken = [values[k] for k in range(4) if mask >> k & 1]
            self.queue.append(0, 0, s, 0, mask, taken)
            for k, slug in enumerate(("temperature", "humidity", "battery_voltage")):
                if mask >> k & 1:
                    value = values[k] / 10 ** CHANNELS[k][2]
                    self.expected[slug, (s + TO_2000_S) * 1_000_000, value] += 1

    def exchange(self, request):
        path = request.url.split(self.settings["device_uuid"])[1]
        self.paths.append(path.replace(self.sensors["temperature"], "T"))
        reader = direct_link.exchange(request, self.service.ca)
        if self.lose:
            self.lose -= 1
            raise OSError("the answer was lost")
        return reader

    def run(self):
        """Have each uplink send until nothing is left or it must wait; return the verdicts."""
        found = []
        for upload in list(self.uploads):
            kind = verdict.AGAIN
            while kind in GO_ON and not upload.session.pause_s and len(found) < 90:
                upload.session.now = (BEGIN_S + 60 * self.rows, 0)
                try:
                    outcome = step(upload, self.exchange, -1)
                    kind, note = outcome.kind, outcome.note
                except OSError as error:
                    kind, note = verdict.AGAIN, str(error)
                found.append(kind)
                self.notes.append(note)
            upload.session.pause_s = 0
        return found

    def stored(self):
        """Return how often each (slug, us, value) is in the server's database."""
        with closing(sqlite3.connect(self.service.db)) as database:
            rows = database.execute("SELECT api, device, channel, time_us, value FROM points")
            rows = rows.fetchall()
        assert {row[:2] for row in rows} <= {("sensocan", SENSOCAN_DEVICE)}
        return Counter((slug.replace("humidty", "humidity"), *rest) for _, _, slug, *rest in rows)

    def aside(self):
        return list(Aside(self.upload.aside).readings())


@contextmanager
def served(plain_http=True, **switches):
    options = {"switches": {"sensocan": switches}}
    with Service(plain_http=plain_http, **options) as service:
        yield service


@pytest.mark.parametrize("plain_http", [False, True])
def test_the_three_forms(tmp_path, plain_http):
    with served(plain_http) as service:
        node = Node(service, tmp_path)
        (device,) = service.apis["sensocan"].devices.values()
        node.add(1, mask=1)
        assert node.run() == [verdict.DELIVERED, None]
        node.add(150, mask=1)
        node.run()
        assert device.battery_voltage is None
        node.add(30)
        node.run()
        assert node.stored() == node.expected and node.upload.waiting() == 0
        paths = list(dict.fromkeys(node.paths))
        assert paths == ["/sensors/T/readings", "/sensors/T/readings/bulk", "/readings"]
        assert len(node.paths) == 4
        # The stamp of the first row of the last batch.
        assert device.battery_voltage == 3.549


UNKNOWN_UUID = "ffffffff-0123-4567-89ab-0123456789ab"


@pytest.mark.parametrize(
    ("unknown", "channel", "name", "slug"),
    [
        ("404", "humidity", "humidty", "humidity"),
        ("422", "humidity", "humidty", "humidity"),
        ("skip", "humidity", "humidty", "humidity"),
        ("404", "air", UNKNOWN_UUID, "temperature"),
    ],
)
def test_a_mistyped_name_holds_its_channel_and_the_others_continue(
    tmp_path, unknown, channel, name, slug
):
    with served(unknown_sensor=unknown) as service:
        node = Node(service, tmp_path, names={channel: name})
        node.add(80)
        node.run()
        node.add(5)
        node.run()
        lost = node.expected - node.stored()
        assert {point[0] for point in lost} == {slug} and lost.total() == 85
        assert node.stored() <= node.expected and node.upload.waiting() == 0
        assert any(f"{channel} is held" in note for note in node.notes), node.notes
        # If the answer has only a smaller count, one batch is in doubt.
        aside = node.aside()
        assert len(aside) == (100 if unknown == "skip" else 0)
        assert node.uploads[1].waiting() > 0
        # The owner adds the sensor.
        (device,) = service.apis["sensocan"].devices.values()
        device.sensors[name] = device.sensors[slug]
        device.slugs[name] = slug
        node.run()
        assert node.uploads[1].waiting() == 0
        lost = node.expected - node.stored()
        assert lost.total() == len([each for each in aside if each[2] == channel])
        assert node.stored() <= node.expected


def test_the_configuration_of_the_page_is_valid():
    page = (ROOT / "docs/uplinks/sensocan.md").read_text()
    typed = check(tomllib.loads(page.split("```toml")[1].split("```")[0]))["uplink"][0]
    assert typed["selection"][0] == ["temperature", "humidity"]
    assert sorted(typed["selection"][1].values())[1] == "humidity_sensor"


def test_a_wrong_token_is_denied(tmp_path):
    with served() as service:
        node = Node(service, tmp_path, token="another")
        node.add(2)
        assert node.run() == [verdict.DENIED]
        assert node.notes == ["HTTP 401: check token against Device Details > Credentials"]
        node.settings["token"] = service.accounts["sensocan"].token
        node.run()
        assert node.stored() == node.expected


@pytest.mark.parametrize("on_doubt", ["resend", "skip"])
def test_a_lost_answer(tmp_path, on_doubt):
    with served() as service:
        node = Node(service, tmp_path, on_doubt=on_doubt)
        node.add(70)
        node.lose = 1
        node.run()
        again = node.stored() - node.expected
        ledger = node.upload.ledger
        assert set(node.stored()) == set(node.expected) and node.upload.waiting() == 0
        if on_doubt == "resend":
            assert again.total() == ledger.doubted == 100 and ledger.delivered == 210
        else:
            assert not again and ledger.set_aside == 100 and ledger.delivered == 110
