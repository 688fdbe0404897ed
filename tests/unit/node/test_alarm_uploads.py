"""An alarm is sent to all uplinks at any cadence, and again after a network failure."""

import random

from support.node.chip import SEED, SETTINGS
from support.node.site import Site, check_ledgers
from wherry.sampling.alarms import watch
from wherry.stage.memory import ALARMS_PENDING_AT

# Each value is above its limit.
ALARM = (0, "temperature", -1_000_000, None, 0)
RARE = dict(SETTINGS, node=dict(SETTINGS["node"], send_every_ms=3_600_000))


def requests(site):
    return site.server.requests, len(site.b_server.forms)


def quiet_site():
    """Return (a site whose uplinks are due in 1 and in 10 hours, its node, their requests)."""
    random.seed(SEED)
    site = Site(RARE, send_every_ms=36_000_000)
    node = site.boot()
    site.go_on(node, site.true_ms + 120_000)
    before = requests(site)
    site.go_on(node, site.true_ms + 120_000)
    assert requests(site) == before
    return site, node, before


def test_an_alarm_goes_to_each_uplink_once():
    site, node, before = quiet_site()
    watch(node.sampler, node.stage.state, [ALARM], site.say)
    site.go_on(node, site.true_ms + 30_000)
    after = requests(site)
    assert after[0] > before[0] and after[1] > before[1]
    assert not node.stage.state.busy[ALARMS_PENDING_AT] & 128
    site.go_on(node, site.true_ms + 600_000)
    assert requests(site) == after
    check_ledgers(node)


def test_without_a_network_each_uplink_is_tried_again():
    site, node, before = quiet_site()
    site.online = False
    watch(node.sampler, node.stage.state, [ALARM], site.say)
    site.go_on(node, site.true_ms + 30_000)
    assert requests(site) == before
    site.online = True
    site.go_on(node, site.true_ms + 5_400_000)
    after = requests(site)
    assert after[0] > before[0] and after[1] > before[1]
    check_ledgers(node)
