"""The chip's `tls`: the world checks the certificates of its servers."""

from _board import call
from socket import Stream

PROTOCOL_TLS_CLIENT = 0
CERT_NONE, CERT_REQUIRED = 0, 2


class SSLContext:
    def __init__(self, protocol):
        # This is the default of MicroPython's module `ssl`, so the node must set it.
        self.verify_mode = CERT_NONE
        self._roots = b""

    def load_verify_locations(self, cadata):
        self._roots += len(cadata).to_bytes(2, "little") + bytes(cadata)

    def wrap_socket(self, sock, server_hostname=None, do_handshake_on_connect=True):
        host = (server_hostname or "").encode()
        head = bytes((sock.number, self.verify_mode, len(host)))
        return Stream(call(b"nh" + head + host + self._roots)[0])
