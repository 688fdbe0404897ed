"""TLS of a simulated chip: a model that checks the server's real certificates as Mbed TLS does.

No byte of the program is sent before the certificates have passed.
"""

from types import ModuleType

from wherry_host.year.chip.errors import ChipError
from wherry_host.year.world.clock import in_world
from wherry_host.year.world.network import RECORD_SIZE

_CLIENT, _CERT_NONE, _CERT_REQUIRED = 0, 0, 2


class Context:
    """`tls.SSLContext`; `verify(chain, roots, host)` raises ValueError for a bad certificate."""

    def __init__(self, network, verify):
        self._network, self._verify = network, verify
        # This is the default of MicroPython's module `ssl`, so the node must set it.
        self.verify_mode = _CERT_NONE
        self._roots = []

    def load_verify_locations(self, cadata):
        """Trust a CA root in DER."""
        self._roots.append(bytes(cadata))

    def wrap_socket(self, sock, server_hostname=None, do_handshake_on_connect=True):
        """Return a Stream whose handshake starts with the first bytes."""

        def check(chain):
            if self.verify_mode == _CERT_REQUIRED:
                if not server_hostname:
                    raise ValueError("server_hostname is required")
                self._verify(chain, tuple(self._roots), server_hostname)

        return Stream(self._network, sock, check)


class Stream:
    """A TLS connection over a Socket."""

    def __init__(self, network, sock, check):
        self._network, self._socket, self._check = network, sock, check
        self._state = "new"
        self._failure = None

    def write(self, data):
        """Return the number of bytes written, None during the handshake.

        Raises ValueError after a handshake that failed.
        """
        if not self._is_open():
            return None
        count = self._socket.write(data)
        if count:
            self._network.count(RECORD_SIZE, 0)
        return count

    def readinto(self, buffer):
        """Return the number of bytes read: None if nothing has come, 0 at the end."""
        if not self._is_open():
            return None
        return self._socket.readinto(buffer)

    def ready(self, flags):
        """Return which of the flags of `select` apply; a handshake only waits for its end."""
        if self._socket.is_lost() or self._socket.failure or self._failure:
            return flags
        return 0 if self._state == "shaking" else self._socket.ready(flags)

    def close(self):
        """End the connection."""
        self._state = "closed"

    def _is_open(self):
        if self._failure:
            raise self._failure
        if self._state == "new":
            self._state = "shaking"
            in_world(self._network.shake_hands, self._socket, self._shaken)
        if self._socket.is_lost():
            raise ChipError(113)
        if self._socket.failure:
            raise ChipError(self._socket.failure)
        return self._state == "open"

    def _shaken(self, chain):
        if self._state != "shaking":
            return
        try:
            self._check(chain)
            self._state = "open"
            self._socket.peer.shaken()
        except ValueError as error:
            self._failure = error


def module(network, verify):
    """Return the module `tls`."""
    made = ModuleType("tls")
    made.__dict__.update(
        PROTOCOL_TLS_CLIENT=_CLIENT,
        CERT_NONE=_CERT_NONE,
        CERT_REQUIRED=_CERT_REQUIRED,
        SSLContext=lambda protocol: Context(network, verify),
    )
    return made
