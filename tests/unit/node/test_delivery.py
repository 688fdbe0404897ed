"""One upload of a node with one uplink: its calls, requests, lines and state."""

from support.node.chip import SETTINGS, Chip
from wherry import delivery, small_file

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
        assert begin < line.state.send_due <= begin + 30_000


def test_an_upload_with_nothing_to_send_prints_nothing():
    line = Line()
    line.send()
    assert line.lines == [] and line.sizes == [] and line.calls == [("open", 20_000, False)]


def test_without_a_network_the_link_is_closed_from_the_second_time_on():
    for source, before, is_closed in (
        ("mains", 0, False), ("mains", 1, True), ("mains", 5, True), ("battery", 0, True),
    ):  # fmt: skip
        line = Line(source, rows=3)
        line.online, line.state.failures = False, before
        line.send()
        assert line.calls[0] == ("open", 20_000, False) and line.state.failures == before + 1
        assert line.calls[1:] == [("close", False)] * is_closed, (source, before)
        # A missing network counts as a failure without an answer.
        assert line.state.busy[0] == 0x80 and not line.node.is_sending
        assert line.lines[0].startswith("no network; next try in ")


def test_a_node_that_sends_ten_times_a_second_retries_at_the_same_pace():
    line = Line(rows=3)
    line.online, line.node.send_every_ms = False, 100
    begin = line.send()
    assert begin + 75 <= line.state.send_due <= begin + 125


def test_a_lost_answer_ends_the_upload_as_a_failure_without_an_answer():
    line = Line(rows=3)
    line.server.down = True
    line.send()
    assert line.state.failures == 1 and line.state.busy[0] == 0x80 and len(line.calls) == 2
    assert line.node.uploads[0].failures == 0
    line.server.down = False
    line.send()
    # Failures before this upload make its batches smaller.
    assert line.node.uploads[0].failures == 1 and line.state.failures == 0


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


def test_a_single_uplink_waits_for_its_busy_server_within_the_upload():
    line = Line(rows=2)
    line.server.statuses, line.server.retry_after = [429], "Retry-After: 3\r\n"
    begin = line.send()
    assert line.sizes == [0, 4] and line.node.ticks() - begin == 3_000 + 2 * line.takes_ms
    assert line.state.busy[0] == 0 and line.lines[-1] == "harbor: delivered 4, 0 waiting"
