"""Sends an uplink's requests over a socket of this computer instead of a board's link."""

import socket
import ssl

from wherry.http.head import prepare
from wherry.http.response import ResponseReader


def exchange(request, ca, body_max=1024):
    """Send a request as the link does; return its answer, with `body_max` bytes of body at most.

    `ca` is the file of the root to trust.
    """
    (secure, host, port), head = prepare(request)
    reader = ResponseReader(body_max)
    with socket.create_connection((host, port)) as sock:
        if secure:
            context = ssl.create_default_context(cafile=str(ca))
            sock = context.wrap_socket(sock, server_hostname=host)
        sock.sendall(head)
        for piece in request.body:
            sock.sendall(piece)
        while not reader.done:
            data = sock.recv(4096)
            reader.feed(data) if data else reader.eof()
        sock.close()
    return reader
