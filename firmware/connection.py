"""Opens a connection, with TLS on it. Loaded for the moment: what it needs leaves room for TLS."""

import errno
import gc
import os
import select
import socket

import tls
from micropython import const

_STEP_MS = const(50)


def connect(place, address, roots, poll, wait):
    """Return (socket, stream) of a new connection to (secure, host, port), whose address is given.

    `roots` are the DER files of the CA roots to trust. The stream is registered with `poll` for
    reading; `wait()` is called at least every 50 ms and raises OSError at the deadline. The TLS
    handshake comes with the first bytes.
    """
    secure, host, port = place
    gc.collect()
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
        if secure:
            stream = _context(roots).wrap_socket(
                sock, server_hostname=host, do_handshake_on_connect=False
            )
    except BaseException:
        sock.close()
        raise
    poll.register(stream, select.POLLIN)
    return sock, stream


def _context(roots):
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]
    for path in roots:
        with open(path, "rb") as file:
            # In a slot, where one file lies behind the other, a file does not end by itself.
            context.load_verify_locations(file.read(os.stat(path)[6]))
    return context
