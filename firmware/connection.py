"""Opens a connection, with TLS on it. Loaded for the moment: what it needs leaves room for TLS."""

import errno
import os
import select
import socket

import tls
from micropython import const

_STEP_MS = const(50)


def trusting(roots):
    """Return the TLS context of a connection that trusts these CA roots only, DER files."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]
    for path in roots:
        with open(path, "rb") as file:
            # In a slot, where one file lies behind the other, a file does not end by itself.
            context.load_verify_locations(file.read(os.stat(path)[6]))
    return context


def connect(place, address, context, poll, wait):
    """Return (socket, stream) of a new connection to (secure, host, port), whose address is given.

    `context` is that of `trusting`, None for a connection without TLS. The stream is registered
    with `poll` for reading; `wait()` is called at least every 50 ms and raises OSError at the
    deadline. The TLS handshake comes with the first bytes.
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
