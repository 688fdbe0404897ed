"""A node with several uplinks and their servers on virtual time."""

import json

from support.node.chip import SETTINGS, Chip
from support.uplinks.harbor_server import respond
from support.uplinks.sensocan_server import BASE, DEVICE, TOKEN, SensocanServer
from wherry.queue.ledger import in_file
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal import quarantine
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.session import sessions
from wherry.sending.upload import Upload
from wherry.uplinks.harbor import dialect as harbor
from wherry.uplinks.sensocan import dialect as sensocan

HARBOR = {"endpoint": "https://a.test/api/v2/ingest/7", "api_key": "key-1", "mode": "auto"}
SENSOCAN = {
    "endpoint": BASE, "device_uuid": DEVICE, "token": TOKEN, "battery": "", "on_doubt": "resend",
}  # fmt: skip
SENSORS = {"temperature": "7a8b9c0d-1234-5678-90ab-cdef12345678", "rh": "2"}


class Site(Chip):
    """A chip with two uplinks: "a" sends all channels to Harbor, "b" some of them to SensoCan."""

    def __init__(self, settings=None, **b_options):
        super().__init__(settings or SETTINGS)
        self.b_server = SensocanServer(dict(SENSORS))
        self.b_channels, self.b_names = "sensors", {"humidity": "rh"}
        self.a_options, self.b_options = dict(HARBOR), dict(SENSOCAN)
        self.b_options.update(b_options)
        self.silent = set()
        self.alerts, self.alert_headers, self.alert_status = [], [], 200
        self.minute = 0

    def uploads(self, queue, clock):
        by_slug = Selection(self.b_channels, self.b_names)
        uploads = [
            self.upload(queue, clock, "a", harbor, self.a_options, None),
            self.upload(queue, clock, "b", sensocan, self.b_options, by_slug),
        ]
        # As in assemble.py with several uplinks, a dialect is loaded only for a turn.
        for upload, module in zip(uploads, (harbor, sensocan)):
            upload.dialect_name, upload.dialect, upload.batch = module.__name__, None, None
        sessions.restore(uploads)
        quarantine.resume(uploads, clock.date)
        return uploads

    def upload(self, queue, clock, label, module, options, selection):
        settings = dict(options)
        settings.update({"name": "n", "ca": (), "send_every_ms": options.get("send_every_ms")})
        ledger = in_file(self.root + "/cursors/" + label)
        if ledger.is_new:
            ledger.save()
        parts = label, module, settings, queue, ledger, self.root + "/aside", clock.date
        return SelectedUpload(*parts, selection) if selection else Upload(*parts)

    def exchange(self, request, deadline_ms, ca):
        host = request.url.split("/")[2]
        minute = self.true_ms // 60_000
        if minute != self.minute:
            self.minute, self.b_server.left = minute, 1000
        self.pass_ms(40)
        self.idle()
        if host in self.silent:
            while self.rtc_ms() < deadline_ms:
                self.pass_ms(100)
                self.idle()
            raise OSError("no answer in time")
        if host == "alert.test":
            self.alerts.append(json.loads(b"".join(request.body).decode()))
            self.alert_headers.append(request.headers)
            return respond(self.alert_status, {})
        answer = (self.b_server if host == "h.test" else self.server).exchange(request)
        self.pass_ms(40)
        self.idle()
        return answer

    def stored(self):
        """Return how many different readings of the sensor each server has."""
        a = [key for key in self.server.points if key[2] in ("temperature", "humidity")]
        return len(a), len(set(self.b_server.points))

    def go_on(self, node, until_ms):
        while self.true_ms < until_ms:
            due = node.turn()
            self.pass_ms(max(1, due - self.rtc_ms()))


def check_ledgers(node):
    """Check that every reading has one outcome at each uplink."""
    for upload in node.uploads:
        ledger = in_file(upload.queue.root + "/cursors/" + upload.name)
        assert ledger.settled() == upload.ledger.settled()
        assert 0 <= upload.waiting() == node.queue.readings - ledger.settled()
