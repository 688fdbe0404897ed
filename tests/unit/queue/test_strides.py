"""Long walks over rows on a simulated chip, where each row costs time: no sample is lost."""

import os
import random
import sys

from support.node.chip import ENV, TRUE_AT_START, UPLINK
from support.node.fast_node import NAMES, FastChip
from support.node.texts import stamp_text
from support.orders.ordered_chip import OrderedChip
from support.queue.folders import fresh
from support.queue.small_segments import small_segments
from support.uplinks.harbor_server import HarborServer
from wherry.orders import orders
from wherry.queue.ledger import in_file
from wherry.queue.queue import Queue
from wherry.queue.reader import QueueReader
from wherry.rows.mask import count_bits
from wherry.sending.batch.selection import Selection
from wherry.sending.selected_upload import SelectedUpload
from wherry.sending.upload import Upload
from wherry.uplinks.harbor import dialect as harbor

SEED = 20261120
# A row took 1.1 to 2.2 ms on the emulated chip; one row in OWN_EVERY is the uplink's own.
ROW_MS = 2
OWN_EVERY = 3000
# With this round trip, 300 readings per second can be sent, 200 at a time.
ROUND_TRIP_MS = 100
FAR_COUNT, REPLAY_COUNT, MINUTES = 300_000, 6000, 3
if sys.implementation.name == "micropython":
    FAR_COUNT, REPLAY_COUNT, MINUTES = 3000, 3000, 2
# The longest time between two feeds. The watchdog allows 90 s; a simulated join takes one second.
FED_MS_MAX = 2000
START = stamp_text(TRUE_AT_START // 1000, TRUE_AT_START % 1000)
TEMPERATURE = len(NAMES)


class SlowReader(QueueReader):
    """A reader whose rows take time on the chip."""

    def __init__(self, queue, chip):
        super().__init__(queue)
        self._chip = chip

    def next(self):
        self._chip.rows += 1
        self._chip.pass_ms(ROW_MS)
        return QueueReader.next(self)


class BehindChip(FastChip):
    """A chip with an LIS3DH at 100 Hz, whose rows all go to one uplink.

    The other uplink takes only the temperature, and is behind by `count` rows of older samples.
    """

    segment_size = None

    def __init__(self, count, size_max, **model):
        self.queue_size_max = size_max
        super().__init__(100, 10, **model)
        self.count = count
        self.rows = self.fed_ms = self.fed_worst_ms = 0
        self.older = HarborServer()
        self.settings["node"]["sample_every_ms"] = 2000

    def uploads(self, queue, clock):
        self.queue, self.date = queue, clock.date
        self.fed_ms = self.true_ms
        # With smaller segments the queue has room for at least six, and they would be thinned.
        queue.segment_size = self.segment_size or queue.segment_size
        queue.reader = lambda: SlowReader(queue, self)
        if not queue.next_row:
            queue.extend(self.older_rows())
        return [self.upload("all", None), self.upload("some", Selection(["temperature"], {}))]

    def upload(self, label, selection):
        """Return an uplink; the one without a selection has delivered everything so far."""
        ledger = in_file(self.root + "/cursors/" + label)
        if ledger.is_new and not selection:
            ledger.row, ledger.before = self.queue.next_row, self.queue.readings
        ledger.save()
        settings = dict(UPLINK, ca=(label,), send_every_ms=None)
        parts = label, harbor, settings, self.queue, ledger, self.root + "/aside", self.date
        return SelectedUpload(*parts, selection) if selection else Upload(*parts)

    def older_rows(self):
        """Yield rows from before the start, 10 ms apart; one in OWN_EVERY has a temperature."""
        for i in range(self.count):
            ms = TRUE_AT_START - (self.count - i) * 10
            mask, values = 7, [i % 7, -i % 5, 1000 + i % 3]
            if not i % OWN_EVERY:
                mask, values = 1 << TEMPERATURE, [i // OWN_EVERY]
            yield 1, 0, ms // 1000, ms % 1000, mask, values

    order = OrderedChip.order
    reported_by = OrderedChip.reported

    def feed(self):
        self.fed_worst_ms = max(self.fed_worst_ms, self.true_ms - self.fed_ms)
        self.fed_ms = self.true_ms

    def pieces(self, body):
        """Yield a body's pieces; the node samples between them, as with firmware/net/link.py."""
        for piece in body:
            yield piece
            self.idle()

    def exchange(self, request, deadline_ms, ca):
        request.body = self.pieces(request.body)
        self._wait(ROUND_TRIP_MS)
        return (self.server if ca == ("all",) else self.older).exchange(request)


def check_samples(chip, node):
    """Check that the first uplink has every sample, sent or queued, and the watchdog was fed.

    Its server has checked that the samples are consecutive.
    """
    server, model = chip.server, chip.model
    missing = len(NAMES) * chip.truth.count - sum(server.next_sample.values())
    assert missing <= node.uploads[0].waiting() + len(NAMES) * len(model._fifo) < 10_000, missing
    assert node.stage.state.sensor_errors == 0, chip.lines
    assert chip.fed_worst_ms < FED_MS_MAX, chip.fed_worst_ms


def caught_up(count):
    """Let an uplink that is `count` rows behind catch up; return chip and node."""
    random.seed(SEED)
    chip = BehindChip(count, max(400_000, 8 * count))
    node = chip.boot()
    end_ms = chip.true_ms + count * ROW_MS * 4 + 600_000
    while node.uploads[1].ledger.row < count:
        chip.go_on(node, 10_000)
        assert chip.true_ms < end_ms, node.uploads[1].ledger.row
    check_samples(chip, node)
    older = [value for key, value in chip.older.points.items() if key[0] < START]
    assert sorted([round(value * 100) for value in older]) == list(range(-(-count // OWN_EVERY)))
    assert chip.older.copies == 0
    return chip, node


def test_an_uplink_that_is_far_behind_costs_no_sample():
    caught_up(FAR_COUNT)


def test_a_replay_among_rows_of_other_uplinks_costs_no_sample():
    chip, node = caught_up(REPLAY_COUNT)
    s = TRUE_AT_START // 1000
    chip.order("replay-some", s - REPLAY_COUNT // 100 - 60, s - 1)
    orders.begin(node, chip.root + "/orders")
    for _ in range(100):
        chip.go_on(node, 10_000)
        if "orders: done" in chip.lines:
            break
    assert chip.reported_by("order: replay-some: done")
    assert chip.older.copies == REPLAY_COUNT // OWN_EVERY
    check_samples(chip, node)


def dropping(size_max, segment_size=None):
    """Make a full queue drop the readings of an uplink whose server is down; return chip, node."""
    random.seed(SEED)
    chip = BehindChip(2000, size_max)
    chip.segment_size = segment_size
    chip.older.down = True
    node = chip.boot()
    chip.go_on(node, MINUTES * 60_000)
    check_samples(chip, node)
    return chip, node


def test_a_drop_that_counts_readings_of_other_uplinks_costs_no_sample():
    chip, node = dropping(30_000, 6 * 1024)
    some = node.uploads[1].ledger
    assert some.row > 2000 and not some.thinned
    reader = QueueReader(node.queue)
    reader.seek(some.row)
    later = own = 0
    while reader.next():
        later += count_bits(reader.rows.mask)
        own += reader.rows.mask >> TEMPERATURE & 1
    # All readings in removed rows are settled; those of the uplink itself were dropped.
    assert some.settled() == node.queue.readings - later
    assert some.dropped == 1 + len(chip.log) - own > 10, (some.dropped, len(chip.log), own)


@small_segments(8 * 1024)
def test_thinning_costs_no_sample():
    _, node = dropping(50_000)
    for upload in node.uploads:
        assert 0 <= upload.waiting() <= node.queue.readings
    assert node.uploads[1].ledger.thinned


@small_segments(4096)
def test_a_start_that_has_to_read_all_segments_feeds_the_watchdog():
    queue = Queue(fresh(), ENV, False, 60_000)
    for i in range(9000):
        queue.append(0, 0, 848_000_000 + 60 * i, 0, 3, [i, -i])
    paths = [queue.path(name) for name in queue.segments]
    assert len(paths) > 5
    for path in paths:
        with open(path, "r+b") as file:
            file.write(bytes(8))
    # Otherwise it does not have to read them.
    os.remove(queue.root + "/rows/tail")
    walked = Walked()
    Queue.idle = walked.idle
    try:
        again = Queue(queue.root, ENV, False, 60_000)
    finally:
        Queue.idle = None
    assert again.next_row >= queue.next_row and walked.count >= 9000 // 32


class Walked:
    """A queue whose `idle` is counted."""

    count = 0

    def idle(self):
        self.count += 1
