"""Opens a connection, with or without TLS. Loaded on demand, to leave memory for TLS."""

import errno
import os
import select
import socket

import tls
from micropython import const

_STEP_MS = const(50)
# 5 s in steps of _STEP_MS.
_KEPT_STEPS_MAX = const(100)


def new_context():
    """Return a TLS context, for `trust`. A larger function's frame would use the memory for it."""
    return tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)


def trust(context, roots):
    """Make a TLS context verify the server against only these CA roots, DER files."""
    context.verify_mode = tls.CERT_REQUIRED  # pyright: ignore[reportAttributeAccessIssue]
    for path in roots:
        with open(path, "rb") as file:
            # In a slot the files are contiguous: a read does not stop at a file's end.
            context.load_verify_locations(file.read(os.stat(path)[6]))


def connect(place, found, context, poll, wait, state):
    """Return (socket, stream) of a new connection to (secure, host, port); the TLS handshake
    starts with the first bytes.

    `found` is the result of server_address.address. A kept address that does not answer within 5 s
    is forgotten, and (None, None) is returned. `context` is a TLS context with its roots, or None
    without TLS. The stream is registered with `poll` for reading; `wait()` is called at least
    every 50 ms and raises OSError at the deadline.
    """
    _, host, port = place
    address, is_kept = found
    sock = socket.socket()
    try:
        sock.setblocking(False)
        code = _reach(sock, (address, port), poll, wait, _KEPT_STEPS_MAX if is_kept else 0)
        if code and not is_kept:
            raise OSError(code)
        if code:
            sock.close()
            state.server_due = 0
            return None, None
        stream = sock
        if context:
            stream = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        sock.close()
        raise
    poll.register(stream, select.POLLIN)
    return sock, stream


def _reach(sock, place, poll, wait, steps_max):
    """Connect a socket; return 0 or the error number. A `steps_max` of 0 means no limit."""
    try:
        sock.connect(socket.getaddrinfo(*place)[0][-1])
    except OSError as error:
        if error.errno != errno.EINPROGRESS:
            return error.errno
    poll.register(sock, select.POLLOUT)
    try:
        steps = 0
        while not (ready := poll.poll(_STEP_MS)):
            wait()
            steps += 1
            if steps == steps_max:
                return errno.ETIMEDOUT
        # lwIP reports a refused connection as a reset.
        return errno.ECONNRESET if ready[0][1] & (select.POLLERR | select.POLLHUP) else 0
    finally:
        poll.unregister(sock)
