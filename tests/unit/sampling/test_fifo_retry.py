"""Fast sensors: after a failed look, the next one comes before the FIFO is full."""

from support.sampling.fifo_desk import Desk
from wherry.sampling.fifo import Fifo


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
