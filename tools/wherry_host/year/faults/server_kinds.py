"""Faults of the servers: their certificates, their connections and their answers."""

from wherry_host.account.uplink_tables import dialect_of, place_of
from wherry_host.server.faults import Fault as ServerFault
from wherry_host.year.faults import layers
from wherry_host.year.faults.strength import scaled
from wherry_host.year.node import keys_of


def certify(kind):
    """Return a kind's function by which the servers show a certificate with a fault."""

    def begin(life, fault):
        ends = [
            layers.add(each.shown, kind, each.show_certificates)
            for each in life.site.servers_of(fault.uplink)
        ]
        return lambda: [end() for end in ends]

    return begin


def serve(kind, **details):
    """Return a kind's function by which the servers have a fault of server/faults.py."""

    def begin(life, fault):
        own = {name: get(life, fault) if callable(get) else get for name, get in details.items()}
        if None in own.values():
            return None
        added = ServerFault(kind=kind, **own)
        # One object counts the strikes at all of them.
        servers = life.site.servers_of(fault.uplink)
        for server in servers:
            server.faults.add(added)

        def end():
            for server in servers:
                server.faults.put(each for each in server.faults.all() if each is not added)

        return end

    return begin


def replace_key(life, fault):
    """Let the servers accept the next key of the node's list only, if it has a list."""
    site = life.site
    for uplink in site.uplinks_of(fault.uplink):
        keys = keys_of(uplink)
        if len(keys) > 1:
            accepted = site.apis[dialect_of(uplink)[0]].keys
            for harbor_id, key in accepted.items():
                accepted[harbor_id] = keys[(keys.index(key) + 1) % len(keys)]


def a_channel(life, fault):
    """Return the name at the server of a channel that it has stored, or None."""
    site, node = life.site, life.site.node
    places = [
        place_of(node, node.typed["node"]["name"], each) for each in site.uplinks_of(fault.uplink)
    ]
    names = sorted({name for place in places for name, _ in site.store.points.get(place, ())})
    return names[fault.at_s % len(names)] if names else None


def few(life, fault):
    """Return a number of requests or connections, from 1 to 6."""
    return 1 + fault.strength // 20


def early(life, fault):
    """Return a number of bytes: in the handshake, in the head or in a body."""
    return round(scaled((100, 6_000), fault.strength))
