"""A node with an LIS3DH fills its queue of 16 KB in an outage, and thins it.

The account must not count that as a loss, and must not examine more moments of the flash than
needed.
"""

from math import log2

from support.boards.fast_sensor import DEVICES
from support.boards.spine import Spine

# The queue fills as fast as it would at 10 Hz on a clock of ten times the speed. The computer may
# stall as long before a FIFO overruns, but longer before a BME280 is late.
SCALE, RATE_HZ = 4.0, 25
CHANGES = {
    "node": {"sample_every": "5 s", "send_every": "5 s", "queue_size_max": "16 KB"},
    "sensor": [{"driver": "lis3dh", "rate_hz": RATE_HZ}, {"driver": "bme280"}],
}
# The first segments are thinned, or dropped, some 600 rows earlier.
ROW_COUNT = 2700


def test_rows_that_a_full_queue_drops_are_not_lost(tmp_path):
    with Spine(tmp_path, SCALE, CHANGES, board={"devices": DEVICES}) as spine:
        spine.start()
        spine.drained()
        spine.board.wifi(up=False)
        spine.wait(rf"rows? {ROW_COUNT // 100}\d\d", 120)
        account = spine.account()
    assert account.problems == [], account.problems[:9]
    counts = account.counts
    assert counts.thinned + counts.dropped > 500 and counts.waiting > 1000
    flash = account.case.evidence.flash
    departures = account.case.held.departures
    assert departures
    # The search for each operation that removed rows bisects the run; each end's moment is
    # examined.
    looks = len(departures) * (log2(flash.count) + 1) + 2 * len(account.case.board_log.ends) + 2
    assert flash.read_count <= looks, (flash.read_count, looks, flash.count)
