"""When a node samples and sends: the grid of the true time, and the slot of the node's name."""

from binascii import crc32

from support.node.chip import SETTINGS, Chip
from support.node.known_clock import DAY_MS, Known
from wherry.time.clock import next_due

PERIODS_MS = (1000, 7000, 60_000, 600_000, 3_600_000, DAY_MS)
DRIFTS_PPM = (-5000, -37, 0, 12, 5000)


class Noting(Chip):
    """A chip that notes the time of each exchange."""

    def __init__(self, settings):
        super().__init__(settings)
        self.times_ms = []
        self.known_ms = 0

    def network_time(self, *args):
        if self.true_ms < self.known_ms:
            raise OSError("no time")
        return super().network_time(*args)

    def exchange(self, *args):
        self.times_ms.append(self.true_ms)
        return super().exchange(*args)


def booted(name="n", sample_ms=10_000, send_ms=30_000, source="mains", earlier_ms=0):
    settings = dict(SETTINGS["node"], name=name, sample_every_ms=sample_ms, send_every_ms=send_ms)
    chip = Noting(dict(SETTINGS, node=settings, power={"source": source}))
    chip.true_ms -= earlier_ms
    chip.cut()
    return chip, chip.boot()


def away(true_ms, every_ms):
    """Return how far a time is from the nearest multiple of a period."""
    return (true_ms + every_ms // 2) % every_ms - every_ms // 2


def test_without_the_time_the_grid_begins_at_the_first_due_time():
    for due, now, expected in ((500, 499, 500), (500, 500, 1500), (500, 4499, 4500)):
        assert next_due(Known(synced=0), due, 1000, now) == expected


def test_with_the_time_each_next_time_is_on_its_grid():
    for drift_ppm in DRIFTS_PPM:
        clock = Known(drift_ppm)
        for every_ms in PERIODS_MS:
            due = before = now = 1234
            for late_ms in (0, 1, every_ms // 3, every_ms - 1, 0, every_ms * 5 // 2, 0):
                now = due + late_ms
                due = next_due(clock, due, every_ms, now)
                away_ms = away(clock.true_ms(due), every_ms)
                # The drift of the drift over the move, and the rounding of both to ms.
                assert abs(away_ms) <= 2 + every_ms * 26 // 1_000_000, (drift_ppm, every_ms)
                assert now < due <= now + every_ms * 102 // 100 + 2
                assert before == 1234 or late_ms or abs(due - before - every_ms) < every_ms // 99
                before = due


def test_samples_stay_close_when_the_time_is_learned():
    for minute in range(0, 60, 3):
        chip, node = booted(sample_ms=600_000, send_ms=600_000)
        chip.known_ms = chip.true_ms + minute * 60_000
        chip.go_on(node, 4 * 3_600_000)
        gaps_ms = [chip.log[i] - chip.log[i - 1] for i in range(1, len(chip.log))]
        assert max(gaps_ms) <= 900_100, gaps_ms
        assert abs(away(chip.log[-1], 600_000)) < 100


def test_a_node_samples_on_the_grid_once_it_knows_the_time():
    chip, node = booted(sample_ms=600_000, send_ms=600_000)
    chip.go_on(node, 4 * 3_600_000)
    away_ms = [each % 600_000 for each in chip.log]
    assert away_ms[0] > 200_000 and len(chip.log) == 25
    # A sample begins with the calls of a turn.
    assert max(away_ms[1:]) < 100, away_ms


def test_an_upload_is_at_the_nodes_slot_within_a_minute_after_a_sample():
    seen = set()
    for number in range(200):
        name = "node-%d" % number
        _, node = booted(name, 600_000, 3_600_000)
        node.turn()
        due_ms = node.clock.true_ms(node.stage.state.send_due) % 3_600_000
        slot = crc32(name.encode())
        place, late_ms = divmod(due_ms + 1, 600_000)
        assert place == (slot >> 16) * 6 >> 16
        assert abs(late_ms - 1 - ((slot & 0xFFFF) * 60_000 >> 16)) <= 1
        seen.add(due_ms)
    assert len(seen) > 190 and len({each // 600_000 for each in seen}) == 6


def test_no_upload_is_due_before_the_next_sample():
    # All are switched on 5 s after a time of the grid, and a slot follows in less than a minute.
    for number in range(20):
        _, node = booted("node-%d" % number, 600_000, 600_000, earlier_ms=195_000)
        node.turn()
        due_ms = node.stage.state.send_due - node.stage.state.sample_due
        assert 0 <= due_ms <= 60_000


def test_uploads_of_a_slot_are_a_period_apart():
    for sample_ms, send_ms in ((10_000, 30_000), (30_000, 30_000), (7_000, 30_000)):
        chip, node = booted("garden", sample_ms, send_ms)
        chip.go_on(node, 600_000)
        times_ms = chip.times_ms[1:]
        gaps_ms = [times_ms[i] - times_ms[i - 1] for i in range(1, len(times_ms))]
        assert len(gaps_ms) > 15 and all(abs(gap - send_ms) < 2500 for gap in gaps_ms), gaps_ms


def test_an_alarm_while_the_time_is_learned_stays_due():
    chip, node = booted()
    network_time = chip.network_time

    def alarmed(*args):
        node.stage.state.send_due = node.ticks()
        return network_time(*args)

    chip.network_time = alarmed
    node.turn()
    assert node.stage.state.synced and node.stage.state.send_due <= node.ticks()
