"""The judge finds and names every lie planted into a node, and clears an honest node.

The nodes live on virtual time, through an outage, a power cut during it, and a failing server. One
lies in a demo, on the wall clock.
"""

import pytest
from support.account.demo_verdicts import check_accused
from support.account.lying_nodes import LIES, demo, lying, planted
from support.account.virtual_time import LoggingLife
from support.year.lives import node_of
from wherry_host.year.faults import fault
from wherry_host.year.node import BEGIN_US

SEED = 7
LIFE_S = 500
# The outages and the failure last for a minute, the loss of power for a second.
FAULTS = "access_point@60=0,power_cut@80=0,server_error@260=0"


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """Return the Node of a demo, without the sensor `host`."""
    return node_of(
        tmp_path_factory.mktemp("node"),
        node={"name": "demo", "sample_every": "1 s", "send_every": "3 s"},
        sensor=[{"driver": "bme280"}, {"driver": "battery"}],
        power={"source": "mains"},
    )


def account_of(node):
    """Return the Account of a Node's life."""
    life = LoggingLife(node, SEED)
    life.run(BEGIN_US + LIFE_S * 1_000_000, faults=fault.read(FAULTS, SEED, 1))
    return life.account()


def test_an_honest_node_balances(honest):
    account = account_of(honest)
    assert account.problems == [] and account.is_proven
    assert account.counts.delivered > 3_000 and account.counts.duplicates == 0


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_found_and_named(honest, lie, tmp_path):
    problems = account_of(lying(honest, lie, tmp_path)).problems
    assert any(all(word in text for word in lie.words) for text in problems), problems


def test_a_demo_names_a_lie(tmp_path):
    lie = LIES[0]
    code, output = demo(planted(tmp_path, lie), "--seed", "7", "--seconds", "15", "--scale", "2")
    check_accused(code, output, lie.words)
