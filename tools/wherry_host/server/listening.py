"""The server's TCP ports: on loopback, and on an address of this computer in its network."""

import errno
import ipaddress
import socket

import psutil

LOOPBACK = "127.0.0.1"
#: All addresses of this computer.
ANY = "0.0.0.0"
# The number of free ports to try: a port that is free in the network may be in use on loopback.
_TRIES = 20
# An address reserved for documentation (RFC 5737); nothing is sent to it.
_ELSEWHERE = ("192.0.2.1", 9)


def bound_socket(port=0, host=LOOPBACK):
    """Return a TCP socket bound to a port of a host; 0 means a free one. Raises OSError."""
    # asyncio disables Nagle's algorithm only for sockets that name their protocol.
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setblocking(False)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise OSError(_fault(error, port, host)) from None
    return bound


def _fault(error, port, host):
    if error.errno == errno.EADDRNOTAVAIL:
        own = ", ".join([*own_addresses(), ANY])
        return f"{host} is not an address of this computer; give one of {own}"
    return f"port {port}: {error.strerror}; give another one, or 0 for a free one"


def bound_sockets(port=0, host=LOOPBACK):
    """Return sockets bound to one port of a host and of loopback. Raises OSError."""
    for _ in range(1 if port or host in (LOOPBACK, ANY) else _TRIES):
        first = bound_socket(port, host)
        if host in (LOOPBACK, ANY):
            return [first]
        try:
            return [first, bound_socket(first.getsockname()[1])]
        except OSError as error:
            first.close()
            failure = error
    raise failure


def addresses(host):
    """Return the IPv4 addresses at which a server on `host` can be reached from its network.

    The first one is the address by which this computer reaches other networks. For loopback the
    tuple is empty. Raises OSError for a string that is not an IPv4 address, and for ANY on a
    computer without a network.
    """
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        own = ", ".join([*own_addresses(), ANY])
        raise OSError(f"{host!r} is not an IPv4 address; give one of {own}") from None
    if host == LOOPBACK:
        return ()
    found = own_addresses() if host == ANY else (host,)
    if not found:
        raise OSError("this computer is not in a network; connect it to one")
    return found


def own_addresses():
    """Return this computer's IPv4 addresses except loopback, the usual address first."""
    states = psutil.net_if_stats()
    found = [
        each.address
        for name, entries in psutil.net_if_addrs().items()
        if name in states and states[name].isup
        for each in entries
        if each.family == socket.AF_INET and not ipaddress.ip_address(each.address).is_loopback
    ]
    usual = _usual_address()
    return tuple(sorted(found, key=lambda address: address != usual))


def _usual_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        return probe.getsockname()[0]
