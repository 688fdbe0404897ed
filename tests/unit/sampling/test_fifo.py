"""Fast sensors: the times of samples, losses and how they are reported, crashes and outages."""

import random

from support.node.chip import Sensor
from support.node.fast_node import NAMES, FastChip, Model, run
from support.sampling.fifo_desk import Desk
from wherry.sampling.fifo import Fifo

SEED = 20261120


def follow(desk, fifo, duration_s, late_ms=0):
    """Look when a look is due or up to `late_ms` later; yield (ticks, true us) of each sample."""
    end_us = desk.now_us + duration_s * 1_000_000
    index = 0
    while desk.now_us < end_us:
        due_us = fifo.due * 1000 + random.randint(0, late_ms * 1000 + 900)
        desk.now_us = max(desk.now_us + 1000, due_us)
        for ticks, values in fifo.samples(desk.ticks):
            assert not fifo.lost, (index, fifo.lost, vars(fifo._pace))
            sample = desk.truth.sample(index)
            assert list(sample[1:]) == values, (index, sample, values)
            index += 1
            yield ticks, sample[0]


def test_samples_have_distinct_times():
    random.seed(SEED)
    for rate_hz in (1, 10, 25, 50, 100):
        for rate_ppm in (-80_000, 0, 30_000):
            desk = Desk(rate_hz, rate_ppm=rate_ppm, wander_ppm=4000)
            fifo = Fifo(desk.sensor)
            period_ms = 1000 // rate_hz
            last = count = 0
            for ticks, true_us in follow(desk, fifo, 300 // rate_hz + 40):
                assert ticks > last, (rate_hz, rate_ppm, count)
                last = ticks
                count += 1
                error_ms = abs(ticks - true_us // 1000)
                most_ms = period_ms * 6 // 10 if count < 250 else max(4, period_ms * 8 // 100)
                assert error_ms <= most_ms + 2, (rate_hz, rate_ppm, count, error_ms)
            assert desk.truth.count - count <= 17 and fifo.lost == 0, (rate_hz, count)
    print("15 chips, seed", SEED)


def test_an_overrun_is_counted_to_the_sample():
    for away_ms in (3000, 3600, 5050, 60_000, 600_000):
        desk = Desk(rate_ppm=30_000)
        fifo = Fifo(desk.sensor)
        count = 0
        for _ in follow(desk, fifo, 60):
            count += 1
        desk.now_us += away_ms * 1000
        found = fifo.samples(desk.ticks)
        there = desk.truth.count - count
        # The longer the overrun, the less exact is the number of samples lost in it.
        error = abs(max(there - 32, 0) - fifo.lost)
        assert error <= away_ms // 60_000, (away_ms, there, fifo.lost)
        assert (fifo.lost > 0) == (there > 32), (away_ms, there, fifo.lost)
        last = desk.truth.sample(desk.truth.count - 1)
        assert found[-1][1] == list(last[1:])
        assert abs(found[-1][0] - last[0] // 1000) <= 60


def test_a_chip_that_lost_its_power_is_restarted():
    desk = Desk()
    fifo = Fifo(desk.sensor)
    before = sum([1 for _ in follow(desk, fifo, 30)])
    truth = desk.truth
    desk.model = Model(truth)
    lost_us, failures = desk.now_us, 0
    found = []
    while not found:
        desk.now_us = max(desk.now_us + 1000, fifo.due * 1000)
        try:
            found = fifo.samples(desk.ticks)
        except OSError as error:
            assert "was reset" in str(error), error
            failures += 1
    assert failures == 3
    # The lost samples are those of that time, except those while the sensor settles.
    missed = (desk.now_us - lost_us) // 100_000
    assert missed - 10 <= fifo.lost <= missed + 17 and before > 250, (missed, fifo.lost)
    assert found[0][1] == list(truth.sample(truth.count - len(found))[1:])


def test_a_stalled_chip_is_reported_and_restarted():
    desk = Desk()
    fifo = Fifo(desk.sensor)
    count = sum([1 for _ in follow(desk, fifo, 30)])
    desk.model.stuck = True
    failures = 0
    for _ in range(6):
        desk.now_us = max(desk.now_us + 1000, fifo.due * 1000)
        try:
            fifo.samples(desk.ticks)
        except OSError as error:
            assert "no samples" in str(error), error
            failures += 1
    assert count > 250 and failures >= 3 and fifo.lost > 10, (failures, fifo.lost)


def test_noise_on_the_bus_is_not_a_sample():
    random.seed(SEED)
    desk = Desk()
    fifo = Fifo(desk.sensor)
    assert sum([1 for _ in follow(desk, fifo, 30)]) > 250

    def noise(address, register, size):
        return bytes([random.randint(0, 255) for _ in range(size)])

    desk.readfrom_mem = noise
    found = failures = 0
    for _ in range(2000):
        desk.now_us = max(desk.now_us + 1000, fifo.due * 1000)
        try:
            found += len(fifo.samples(desk.ticks))
        except OSError:
            failures += 1
    assert found < 5 and failures > 1900, (found, failures)
    print("2000 looks at noise, seed", SEED)


def fast_node(**options):
    """Return (chip, node) that has run for a minute."""
    random.seed(SEED)
    chip = FastChip(outage_min=1, rate_ppm=30_000, **options)
    node = chip.boot()
    chip.go_on(node, 60_000)
    return chip, node


def test_lost_samples_are_reported_and_counted():
    chip, node = fast_node()
    state = node.stage.state
    assert state.sensor_errors == 0
    chip.bus_fails = 1
    chip.go_on(node, 5_000)
    assert state.sensor_errors == 1 and "responding again" in "".join(chip.lines)
    chip.finish(node)
    before = chip.truth.count
    chip.pass_ms(10_000)
    node.sample_if_due()
    # The FIFO kept the newest 32 samples; another one may have come during the read.
    lost = state.sensor_errors - 1
    assert lost > 60 and chip.truth.count - 32 - before - lost in (0, 1), lost
    assert "sensor 1 (lis3dh): %d samples lost" % lost in chip.lines, chip.lines
    for name in NAMES:
        chip.server.next_sample[name] += lost
    chip.go_on(node, 30_000)
    chip.finish(node)
    assert set(chip.server.next_sample.values()) == {chip.truth.count}


class Slow(Sensor):
    """A sensor that takes as long as a GPS receiver."""

    def start(self, anew):
        super().start(anew)
        return 1_800


class SlowChip(FastChip):
    """A chip at 100 Hz: its FIFO is full after 320 ms."""

    def sensors(self):
        return [super().sensors()[0], ("env", Slow(self), 2)]


def test_a_slow_sensor_costs_no_sample():
    random.seed(SEED)
    chip = SlowChip(rate_hz=100, outage_min=1, rate_ppm=30_000)
    node = chip.boot()
    chip.go_on(node, 90_000)
    # The server expects each sample; some of the newest wait, because they came while the node
    # sent.
    assert node.stage.state.sensor_errors == 0
    assert min(chip.server.next_sample.values()) > chip.truth.count - 2000 > 6000
    # The rows of fast samples did not move the stamps of the slow sensor.
    assert chip.server.slow_rows >= len(chip.log) - 2 > 6 and chip.server.slow_late_ms <= 5


def test_a_clock_set_back_repeats_no_stamp():
    chip, node = fast_node()
    # The stamps are wrong now; the server still expects each to be later than the last.
    chip.server.check_time = lambda time, taken_us: None
    for error_ms in (-40_000, 40_000, -1000):
        node.stage.state.ref_ms += error_ms
        chip.go_on(node, 20_000)
    chip.finish(node)
    assert set(chip.server.next_sample.values()) == {chip.truth.count}


def test_a_brief_flash_failure_costs_no_sample():
    chip, node = fast_node()
    extend, left = node.queue.extend, [3]

    def failing(rows):
        rows = list(rows)
        if not left[0]:
            return extend(rows)
        # The flash write fails after a few rows.
        left[0] -= 1
        extend(rows[: 3 * left[0]])
        raise OSError(5)

    node.queue.extend = failing
    chip.go_on(node, 20_000)
    assert any("rows kept in RTC memory, 0 readings lost" in line for line in chip.lines), (
        chip.lines
    )
    chip.finish(node)
    assert set(chip.server.next_sample.values()) == {chip.truth.count}
    assert node.uploads[0].ledger.dropped == 0


def test_rows_staged_in_rtc_memory_are_queued_as_well():
    chip, node = fast_node(stage_age_ms=600_000)
    chip.go_on(node, 60_000)
    chip.finish(node)
    assert set(chip.server.next_sample.values()) == {chip.truth.count}
    assert chip.server.slow_rows == len(chip.log)


def live(seed):
    """Run through crashes and power cuts; return their number, and each axis's sample count."""
    random.seed(seed)
    chip = FastChip(outage_min=20, rate_ppm=-30_000, wander_ppm=4000, seed=seed)
    chip.server.may_skip = True
    start_ms = chip.true_ms
    chip.crash_in = random.randint(100, 3000)
    chip.run(start_ms + 200_000)
    chip.crash_in = -1
    node = chip.run(start_ms + 260_000)
    chip.finish(node)
    ledger = node.uploads[0].ledger
    assert ledger.dropped == 0 and ledger.damaged == 0, seed
    # Rows of a boot that never learned the time are set aside, with their ticks as stamps.
    assert chip.server.readings + ledger.set_aside == node.queue.readings, seed
    return chip.crashes, chip.truth.count


def test_crashes_and_cuts_duplicate_no_sample():
    lives = [live(SEED + i) for i in range(2)]
    print("2 lives with", sum([crashes for crashes, _ in lives]), "crashes, seed", SEED)


def test_fast_and_slow_rows_through_an_outage():
    found = run(0.3, 3, SEED)
    assert found["samples"] > 11_000 and found["drain_ratio"] >= 3, found
    assert found["copies"] > 0 and found["worst_stamp_error_ms"] <= 60, found
    print(found)


def test_a_failed_look_costs_no_sample_at_any_rate():
    for rate_hz in (1, 10, 25, 50, 100):
        desk = Desk(rate_hz, rate_ppm=30_000)
        fifo = Fifo(desk.sensor)
        count = failures = 0
        for i in range(200):
            desk.now_us = max(desk.now_us + 1000, fifo.due * 1000)
            # Once looks are due when the FIFO is half full, every fourth look fails.
            if i > 100 and i % 4 == 0:
                desk.failing = 1
            try:
                found = fifo.samples(desk.ticks)
            except OSError:
                failures += 1
                continue
            for _, values in found:
                assert list(desk.truth.sample(count)[1:]) == values, (rate_hz, count)
                count += 1
        assert (failures, fifo.lost) == (24, 0), (rate_hz, failures, fifo.lost)
        assert desk.truth.count - count <= 32, (rate_hz, desk.truth.count, count)
