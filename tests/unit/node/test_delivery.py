"""One upload of a node: its calls, requests, lines and state; and uploads for an alarm."""

import random

from support.node.chip import SEED, SETTINGS, Chip
from support.node.site import Site, check_ledgers
from wherry import delivery, small_file
from wherry.sampling.alarms import watch
from wherry.stage.memory import ALARMS_PENDING_AT

ROW_S = 60


class Line(Chip):
    """A chip whose link records its calls; an exchange takes `takes_ms`."""

    def __init__(self, source="mains", rows=0, **node):
        settings = dict(SETTINGS["node"], **node)
        super().__init__(dict(SETTINGS, node=settings, power={"source": source}))
        self.calls, self.takes_ms, self.sizes = [], 100, []
        self.node = self.boot()
        self.state = self.node.stage.state
        # The clock is set, so the time is not requested.
        self.go_on(self.node, 1)
        self.state.sample_due = self.state.health_due = self.node.ticks() + 100_000_000
        delivery.send(self.node)
        self.add(rows)
        self.calls, self.lines, self.sizes = [], [], []

    def add(self, count):
        queue = self.node.queue
        first_s = 848_000_000 + ROW_S * queue.next_row
        queue.extend([(0, 0, first_s + ROW_S * i, 0, 3, [1, 2]) for i in range(count)])

    def open(self, deadline_ms):
        self.calls.append(("open", deadline_ms - self.rtc_ms(), self.node.is_sending))
        if not self.online:
            raise OSError("no network")

    def close(self):
        self.calls.append(("close", self.node.is_sending))

    def exchange(self, request, deadline_ms, ca):
        assert ca == () and self.node.is_sending
        self.calls.append(("exchange", deadline_ms - self.rtc_ms()))
        before = len(self.server.points)
        answer = self.server.exchange(request)
        self.sizes.append(len(self.server.points) - before)
        self.pass_ms(self.takes_ms)
        return answer

    def send(self):
        begin = self.node.ticks()
        delivery.send(self.node)
        return begin


def test_a_successful_upload_keeps_the_link_on_mains_only():
    for source, last in (("mains", "exchange"), ("battery", "close")):
        line = Line(source, rows=250)
        line.state.failures, line.state.busy[0] = 1, 7
        begin = line.send()
        assert line.calls[:2] == [("open", 20_000, False), ("exchange", 20_000)]
        assert line.calls[2:4] == [("exchange", 19_900), ("exchange", 19_800)]
        assert line.sizes == [200, 200, 100] and line.calls[-1][0] == last
        assert line.calls[4:] == ([] if source == "mains" else [("close", False)])
        assert (line.state.failures, line.state.busy[0]) == (0, 0)
        assert line.lines == ["harbor: delivered 500, 0 waiting"] and not line.node.is_sending
        # The node's second slot, because no sample is due before the first one.
        assert begin + 30_000 < line.state.send_due <= begin + 61_000


def test_rows_added_meanwhile_belong_to_the_next_upload():
    line = Line(rows=100)
    exchange = line.exchange

    def growing(*args):
        line.add(1)
        return exchange(*args)

    line.exchange = growing
    line.send()
    # Each request adds a row. The upload ends at the last row that existed when it began.
    assert line.sizes == [200, 2] and line.lines == ["harbor: delivered 202, 2 waiting"]
    line.exchange = exchange
    line.send()
    assert line.sizes == [200, 2, 2]


def test_no_exchange_begins_in_the_last_five_seconds():
    for source in ("mains", "battery"):
        for takes_ms, requests in ((15_000, 2), (15_001, 1), (7_501, 2)):
            line = Line(source, rows=250)
            line.takes_ms = takes_ms
            line.send()
            assert len(line.sizes) == requests, (source, takes_ms)
            due = line.node.ticks() if source == "mains" else line.state.sample_due
            assert line.state.send_due == due, (source, takes_ms)
            waiting = 500 - 200 * requests
            said = "harbor: delivered %d, %d waiting" % (200 * requests, waiting)
            assert line.lines == [said] and line.state.failures == 0


def test_a_refused_node_ends_the_upload_but_a_refused_reading_does_not():
    line = Line(rows=2)
    line.server.statuses = [401]
    line.send()
    assert line.sizes == [0] and line.state.failures == 1 and line.state.busy[0] == 0
    assert line.lines[0].startswith("harbor: HTTP 401") and "; next try in " in line.lines[0]
    # The refusal is reported once; the LED stays lit until the refusal ends.
    assert line.node.refused == (line.node.uploads[0], "") and line.is_lit
    line.send()
    assert line.node.refused is None and not line.is_lit and line.sizes == [0, 4]
    line = Line(rows=2)
    line.server.refuse = lambda item: item["value"] == 0.02
    line.send()
    refused = [text for text in line.lines if text.startswith("harbor: refused, HTTP 400")]
    assert len(refused) == 4 and line.lines[-1] == "harbor: delivered 2, 0 waiting", line.lines
    assert line.node.uploads[0].ledger.set_aside == 2 and line.state.failures == 0


def test_orders_run_only_after_the_readings_are_delivered():
    for down, is_reported in ((False, True), (True, False)):
        line = Line(rows=2)
        folder = line.root + "/orders"
        small_file.make_folder(folder)
        small_file.write(folder + "/replay-harbor", b"damaged")
        line.node.orders, line.server.down = folder, down
        line.send()
        assert ("order: replay-harbor: damaged" in line.lines) == is_reported
        assert (line.node.orders is None) == is_reported


# Each value is above its limit.
ALARM = (0, "temperature", -1_000_000, None, 0)
RARE = dict(SETTINGS, node=dict(SETTINGS["node"], send_every_ms=3_600_000))


def requests(site):
    return site.server.requests, len(site.b_server.forms)


def quiet_site():
    """Return (a site whose uplinks are due in 1 and in 10 hours, its node, their requests)."""
    random.seed(SEED)
    site = Site(RARE, send_every_ms=36_000_000)
    node = site.boot()
    site.go_on(node, site.true_ms + 120_000)
    before = requests(site)
    site.go_on(node, site.true_ms + 120_000)
    assert requests(site) == before
    return site, node, before


def test_an_alarm_goes_to_each_uplink_once():
    site, node, before = quiet_site()
    watch(node.sampler, node.stage.state, [ALARM], site.say)
    site.go_on(node, site.true_ms + 30_000)
    after = requests(site)
    assert after[0] > before[0] and after[1] > before[1]
    assert not node.stage.state.busy[ALARMS_PENDING_AT] & 128
    site.go_on(node, site.true_ms + 600_000)
    assert requests(site) == after
    check_ledgers(node)


def test_without_a_network_each_uplink_is_tried_again():
    site, node, before = quiet_site()
    site.online = False
    watch(node.sampler, node.stage.state, [ALARM], site.say)
    site.go_on(node, site.true_ms + 30_000)
    assert requests(site) == before
    site.online = True
    site.go_on(node, site.true_ms + 5_400_000)
    after = requests(site)
    assert after[0] > before[0] and after[1] > before[1]
    check_ledgers(node)
