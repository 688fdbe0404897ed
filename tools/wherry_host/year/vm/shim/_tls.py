"""The chip's `tls`: the world checks the certificates of its servers."""

from _board import call
from socket import Stream

PROTOCOL_TLS_CLIENT = 0
CERT_NONE, CERT_REQUIRED = 0, 2


class SSLContext:
    def __init__(self, protocol):
        self.number = call(b"nt")[0]
        # This is the default of MicroPython's module `ssl`, so the node must set it.
        self.verify_mode = CERT_NONE

    def load_verify_locations(self, cadata):
        call(b"nl" + bytes((self.number,)) + bytes(cadata))

    def wrap_socket(self, sock, server_hostname=None, do_handshake_on_connect=True):
        host = (server_hostname or "").encode()
        request = bytes((self.number, sock.number, self.verify_mode)) + host
        return Stream(call(b"nh" + request)[0])
