"""The sampler on a virtual clock: sensors start together, and each is read when it is ready."""

from support.sampling.desk import TRANSFER_MS, Desk


def test_each_sensor_is_read_as_soon_as_it_is_ready_without_waiting_for_slower_ones():
    desk = Desk(750, 0, 40, 10, 0)
    taken = desk.sample()
    for sensor in desk.sensors:
        late_ms = sensor.read_at - sensor.started - sensor.ready_ms
        # Other sensors may be read at the moment when a sensor becomes ready.
        assert 0 <= late_ms <= 2 * TRANSFER_MS, (sensor.ready_ms, late_ms)
    # The total wait is that of the slowest sensor, and the row has the time of the starts.
    assert desk.now - 1000 <= 750 + 5 * TRANSFER_MS and min(desk.waits) > 0
    assert 1000 <= taken <= 1000 + 7 * TRANSFER_MS
    assert desk.sampler.rows == [(31, [750, 0, 40, 10, 0])] and not desk.sampler.errors


def test_a_sensor_that_is_ready_immediately_is_not_waited_for():
    desk = Desk(0, 0)
    desk.sample()
    assert not desk.waits and desk.now == 1000 + 4 * TRANSFER_MS
