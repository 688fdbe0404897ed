"""The account of a node with two boots that never learned the time, for each `undated`.

The node lives on virtual time, through an outage with two losses of power.
"""

import pytest
from support.account.virtual_time import LoggingLife
from support.year.lives import node_of
from wherry_host.year.faults import fault
from wherry_host.year.node import BEGIN_US

SEED, LIFE_S = 7, 400
# The outage lasts from 61 s to 121 s, each loss of power for a second.
FAULTS = "access_point@60=0,power_cut@70=0,power_cut@90=0,power_cut@118=0"


def life_of(folder, choice):
    """Return the Life of a node with a choice of `undated`, which samples each second."""
    node = node_of(
        folder,
        node={"name": "undated", "sample_every": "1 s", "send_every": "3 s"},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
        power={"source": "mains"},
        time={"undated": choice},
    )
    life = LoggingLife(node, SEED)
    life.run(BEGIN_US + LIFE_S * 1_000_000, faults=fault.read(FAULTS, SEED, 1))
    return life


@pytest.mark.parametrize("choice", ["estimate", "hold", "drop"])
def test_each_reading_of_an_undated_boot_is_accounted_for(choice, tmp_path):
    account = life_of(tmp_path, choice).account()
    counts = account.counts
    assert account.problems == []
    settled = {"hold": counts.set_aside, "drop": counts.dropped}.get(choice, 0)
    assert (settled > 150) == (choice != "estimate")
    assert counts.sampled == counts.delivered + settled + counts.waiting
