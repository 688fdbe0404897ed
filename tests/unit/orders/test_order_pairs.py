"""Orders of a node with a position: both coordinates are refused together, and orders end."""

from support.orders.order_site import BAD, FAILED, OK, Site, numbers
from support.queue.aside import add
from support.uplinks.scripted import BEGIN_S
from wherry.orders import resend
from wherry.orders.sender import Sender
from wherry.sending import verdict
from wherry.sending.batch.selection import Selection
from wherry.sending.refusal.aside_files import Aside

PLACE = (("temperature", "°C", 2), ("lat", "", 5), ("lon", "", 5), ("humidity", "%", 1))


def site_of(rows, selection=None):
    return Site(rows, channels=PLACE, selection=selection or Selection("all", {}))


def test_a_replay_continues_after_a_refused_position():
    site = site_of(2)
    assert site.run(BAD, BAD, OK, BAD, BAD, OK, OK) == (True, None)
    # A batch ends before a position that does not fit into it.
    assert site.counts() == [8, 4, 1, 4, 2, 2, 3]
    assert site.sent[4] == [(0, 1), (0, 2)] and numbers(site) == (6, 2, 0)


def test_a_position_counts_as_refused_after_four_server_errors():
    site = site_of(1)
    assert site.run(OK + ("", ""), left_ms=4_000)[0] is False
    order = site.order()
    order.channel, order.failures = 1, 3
    order.save()
    assert site.run(FAILED, OK) == (True, None)
    assert site.sent == [[(0, 1), (0, 2)], [(0, 3)]] and numbers(site) == (1, 2, 0)


def test_both_coordinates_of_a_position_refused_again_have_the_new_reason():
    site = site_of(1, Selection(["lat", "lon"], {}))
    folder = site.rig.root + "/aside"
    for i in range(4):
        add(folder, 0, i, PLACE[i], i, BEGIN_S, -1, 400, "no", "u")
    site.rig.ledger.set_aside = 4
    order = site.order()
    source = resend.source(site.node, site.upload, order)
    site.answers = [(verdict.REJECTED, 422, "worse")]
    site.deadline = site.node.ticks() + 20_000
    sender = Sender(site.node, site.upload, order, source, "resend-u")
    assert sender.run(site.deadline) == (True, None)
    reasons = [entry[7:9] for entry in Aside(folder).readings()]
    assert reasons == [(400, "no"), (422, "worse"), (422, "worse"), (400, "no")]
    assert numbers(site) == (0, 2, 0) and site.counts() == [2]
