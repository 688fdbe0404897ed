"""lwIP's addresses, names and errno numbers, over this computer's loopback."""

import uselect
import usocket
from _board import call, now_us, ports, wait_until

# EPIPE, EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH, ECONNABORTED, EISCONN, ENOTCONN, ETIMEDOUT,
# ECONNREFUSED (a reset for lwIP), EHOSTUNREACH, EALREADY, EINPROGRESS: Linux's numbers, then
# the chip's.
_LINUX = b"\x20\x62\x63\x65\x67\x6a\x6b\x6e\x6f\x71\x72\x73"
_CHIP = b"\x80\x70\x7d\x72\x71\x7f\x80\x74\x68\x76\x78\x77"
_FIRST = 54
_SOCKETS_MAX = 10
_poller = uselect.poll()
_probe = usocket.socket()
_offset = _FIRST - _probe.fileno()
_probe.close()


def number(host):
    # The lowest free descriptor is assigned, so the number shows how many are open.
    return host.fileno() + _offset


def opened(type):
    host = usocket.socket(usocket.AF_INET, type)
    if number(host) < _FIRST + _SOCKETS_MAX:
        return host
    host.close()
    raise OSError(23)


def ready(host, flags):
    _poller.register(host, flags)
    found = _poller.poll(0)
    _poller.unregister(host)
    return found[0][1] if found else 0


def from_host(error):
    at = _LINUX.find(bytes((error.errno & 255,)))
    return OSError(_CHIP[at] if at >= 0 else error.errno)


def asked(function, *args):
    try:
        return function(*args)
    except OSError as error:
        raise from_host(error)


def octets(host):
    parts = host.split(".")
    if len(parts) == 4 and all(part.isdigit() for part in parts):
        return bytes(int(part) for part in parts)


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):
    if not octets(host):
        call(b"D" + host.encode())
        while not (host := str(call(b"d"), "ascii")):
            wait_until(now_us() + 10000)
    return [(2, type or 1, proto, "", (host, port))]


def here(port):
    return b"\x02\x00" + port.to_bytes(2, "big") + b"\x7f\x00\x00\x01" + bytes(8)


def place(port):
    # The address on loopback, or 0 if nothing listens: this computer's own services stay hidden.
    for i in range(0, 32, 4):
        if ports[i] | ports[i + 1] << 8 == port:
            port = ports[i + 2] | ports[i + 3] << 8
            break
    else:
        port *= port >= 1024
    return port and here(port)


def as_tuple(address):
    return ".".join(str(octet) for octet in address[4:8]), address[2] << 8 | address[3]
