"""An LIS3DH at 10 Hz on the virtual board, over real TLS: an outage costs no sample.

The server accepts one request a second, as plans may have: 31 readings a second are below it.
"""

from support.boards.fast_sensor import DEVICES
from support.boards.spine import Spine

# The chip's FIFO holds three seconds and is read at half: this computer may stall that long.
SCALE = 1.0
OUTAGE_S = 15
CHANGES = {
    "node": {"sample_every": "2 s", "send_every": "2 s"},
    "sensor": [{"driver": "lis3dh"}, {"driver": "bme280"}],
}
AXES = {"x": "acceleration_x", "y": "acceleration_y", "z": "acceleration_z"}


def test_an_outage_costs_no_sample(tmp_path):
    server = {"switches": {"harbor": {"batches_per_s": 1}}}
    with Spine(tmp_path, SCALE, CHANGES, server=server, board={"devices": DEVICES}) as spine:
        spine.start()
        spine.drained()
        spine.board.wifi(up=False)
        spine.wait("next try", since=spine.mark())
        spine.clock.sleep(OUTAGE_S)
        spine.board.wifi(up=True)
        spine.wait(r"delivered \d\d\d", 30, spine.mark())
        spine.drained()
        account = spine.account()
        stored = spine.stored()
        truth = [entry for entry in spine.board.truth if entry["device"] == "lis3dh"]
        assert not any("lost" in text for _, text in spine.board.lines)
        # The backlog was sent as fast as the server accepts it.
        assert 429 in {status for _, _, status in spine.service.store.answers}
    assert account.balances, account.problems[:5]
    counts = account.counts
    # The account excuses samples that overran in the chip only while this computer stalled.
    assert counts.delivered + counts.waiting == counts.sampled
    # A stamp of each axis for every sample except the ones still in the chip or on the node.
    for axis, channel in AXES.items():
        times = [time_us for name, time_us in stored if name == channel]
        taken = [entry for entry in truth if entry["channel"] == axis]
        assert len(taken) - 60 < len(set(times)) == len(times) <= len(taken) > 300
    assert max(copies for _, copies in stored.values()) <= 1
