"""A witness finds each lie of a node, of a server and of a meter."""

import pytest
from support.year.lives import lived, node_of, usual_node
from wherry_host.energy.meter import ChargeSum
from wherry_host.server.certs import Authority
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, chain_of
from wherry_host.year.world.clock import WorldError

# Lies: the points of a request that a lying server stores.


def less(points):
    return points[1:]


def wrong(points):
    return [(*points[0][:3], points[0][3] + 1), *points[1:]]


def late(points):
    device, channel, time_us, value = points[0]
    return [(device, channel, time_us + 1_000_000, value), *points[1:]]


def more(points):
    device, channel, time_us, value = points[0]
    return [*points, (device, channel, time_us + 1_000_000, value)]


def again(points):
    return [*points, points[0]]


@pytest.mark.parametrize(
    ("lie", "text"),
    [
        (less, "is lost"),
        (wrong, ", not "),
        (late, "ms off"),
        (more, "was not measured"),
        (again, "came again"),
    ],
)
def test_a_witness_finds_what_the_server_does_not_have_as_measured(lie, text):
    def prepare(life):
        add = life.site.store.add
        life.site.store.add = lambda api, points, *rest: add(api, lie(points), *rest)

    found = tally(lived(usual_node(), 0.2, prepare=prepare))
    assert found.violations and all(text in each for each in found.problems)


def test_a_row_that_a_node_on_mains_forgets_is_lost(tmp_path):
    def prepare(life):
        add = life.site.store.add
        life.site.store.add = lambda api, points, *rest: add(api, less(points), *rest)

    fast = {"name": "life", "sample_every": "10 s", "send_every": "1 min"}
    node = node_of(tmp_path, node=fast, power={"source": "mains"})
    found = tally(lived(node, 1 / 48, prepare=prepare))
    assert found.violations > 20 and found.cut_short == 0


def test_a_node_that_sleeps_for_ever_is_found():
    class Sleepy(Life):
        def _end(self, letter, ms=None):
            super()._end(letter, ms if self.wake_count < 4 else 90_000_000)

    found = tally(lived(usual_node(), 0.5, kind=Sleepy))
    assert any("not measured for" in each for each in found.problems)


def test_readings_that_arrive_later_than_the_faults_explain_are_found():
    def prepare(life):
        for at_us, is_up in ((20_000_000_000, False), (30_000_000_000, True)):
            life.clock.at(BEGIN_US + at_us, life.wifi.set_air, BEGIN_US + at_us, is_up)

    found = tally(lived(usual_node(), 0.6, prepare=prepare))
    assert found.waiting < 300 and found.problems
    assert all("s too late" in each for each in found.problems)


def test_a_radio_that_is_on_for_too_long_is_found():
    class Open(Life):
        def _show_radio(self):
            if self.wifi.radio != "off" or self.clock.us > BEGIN_US + 30_000_000:
                super()._show_radio()

    found = tally(lived(usual_node(), 0.1, kind=Open))
    assert "the radio is on for 599.5 s" in found.problems[0]


@pytest.mark.parametrize("text", ["sensor_absent@20000=0", "button@20000=0", "power_cut@20000=20"])
def test_a_node_that_stops_measuring_after_a_fault_is_found(text):
    life = lived(usual_node(), 1, faults=fault.read(text, 1, 1))
    samples = life.site.witness.samples["sensor 1", "temperature"]
    samples[:] = [each for each in samples if each[0] < BEGIN_US + 40_000_000_000]
    assert any("temperature: not measured for" in each for each in tally(life).problems)


def test_a_fault_of_a_model_is_not_a_fault_of_the_program():
    def prepare(life):
        life.site.witness.weather = None

    with pytest.raises(WorldError, match="request T"):
        lived(usual_node(), 0.1, prepare=prepare)


def test_a_fault_of_the_program_is_a_violation():
    def prepare(life):
        # An ordinary assignment would be undone before the next run.
        vars(life.machine.program.load("app"))["_made"] = None

    found = tally(lived(usual_node(), 0.05, prepare=prepare))
    assert found.violations and "the program failed" in found.problems[0]


def test_a_charge_that_the_node_counts_wrong_is_a_violation():
    def prepare(life):
        life.charge = ChargeSum(life.site.node.usual | {"sleep_ma": 1}, life.clock.us)

    found = tally(lived(usual_node(), 0.2, prepare=prepare))
    assert [each for each in found.problems if "the node counts" in each]


def test_nothing_is_sent_to_a_server_with_another_authority():
    other = chain_of(Authority(), ["harborscale.com"], BEGIN_US)

    def prepare(life):
        for server in life.site.services.values():
            server.chain = other

    life = lived(usual_node(), 0.3, prepare=prepare)
    found = tally(life)
    assert all("is not delivered in time" in each for each in found.problems)
    assert found.violations and found.delivered == 0 and found.waiting == found.sampled > 0
    assert life.site.network.shake_count > 1
    assert life.site.requests() == []
