"""Opens a connection, with TLS on it. Loaded on demand: what it needs leaves room for TLS."""

import errno
import os
import select
import socket

import tls
from micropython import const

_STEP_MS = const(50)


def new_context():
    """Return a TLS context, for `trust`. A larger function's frame would lie in its room."""
    return tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)


def trust(context, roots):
    """Have a TLS context trust these CA roots only, DER files, and verify the server by them."""
    context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]
    for path in roots:
        with open(path, "rb") as file:
            # In a slot one file follows the other: a read does not stop at a file's end.
            context.load_verify_locations(file.read(os.stat(path)[6]))


def connect(place, address, context, poll, wait):
    """Return (socket, stream) of a new connection to (secure, host, port), whose address is given.

    `context` is one that trusts its roots, None without TLS. The stream is registered with `poll`
    for reading; `wait()` is called at least every 50 ms and raises OSError at the deadline. The
    TLS handshake comes with the first bytes.
    """
    _, host, port = place
    sock = socket.socket()
    try:
        sock.setblocking(False)
        try:
            sock.connect(socket.getaddrinfo(address, port)[0][-1])
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        poll.register(sock, select.POLLOUT)
        try:
            while not poll.poll(_STEP_MS):
                wait()
        finally:
            poll.unregister(sock)
        stream = sock
        if context:
            stream = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    poll.register(stream, select.POLLIN)
    return sock, stream
