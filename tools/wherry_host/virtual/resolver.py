"""lwIP's resolver for getaddrinfo: it sends a UDP query four times and gives up after 7 s."""

import random
import socket
import struct

_TRY_AFTER_US = (1_000_000, 1_000_000, 2_000_000, 3_000_000)
_HOST_NOT_FOUND, _FAILED = -2, -202
_A_RECORD, _INTERNET = 1, 1


class Resolver:
    """One query at a time; `address` is set once it is answered, `failed` when it is given up."""

    def __init__(self, regs, ports, seed):
        self._regs = regs
        self.move(ports)
        self._random = random.Random(seed)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.address, self.failed, self.due_us = "", 0, None

    def move(self, ports):
        """Switch to another server."""
        self._server = ("127.0.0.1", ports[53]) if ports.get(53) else None

    def close(self):
        self.socket.close()

    def ask(self, name, now_us):
        """Start to resolve a name."""
        self.address, self.failed = "", 0
        self._id = self._random.getrandbits(16)
        labels = b"".join(bytes((len(label),)) + label.encode() for label in name.split("."))
        question = labels + b"\0" + struct.pack(">HH", _A_RECORD, _INTERNET)
        self._query = struct.pack(">6H", self._id, 0x0100, 1, 0, 0, 0) + question
        self._tries = 0
        self._send(now_us)

    def _send(self, now_us):
        if not self._regs["wifi_connected"]:
            self._finish(failed=_FAILED)
            return
        if self._server and self._regs["air"]:
            self.socket.sendto(self._query, self._server)
        self.due_us = now_us + _TRY_AFTER_US[self._tries]

    def tick(self, now_us):
        """Repeat the query or give up when it is time."""
        if self.due_us is None or now_us < self.due_us:
            return
        self._tries += 1
        if self._tries == len(_TRY_AFTER_US):
            self._finish(failed=_FAILED)
        else:
            self._send(now_us)

    def _finish(self, address="", failed=0):
        self.address, self.failed, self.due_us = address, failed, None

    def receive(self):
        """Process an answer from the network."""
        try:
            answer = self.socket.recv(1500)
        except OSError:
            return
        if self.due_us is None or not self._regs["air"] or answer[:2] != self._query[:2]:
            return
        address = _first_address(answer, len(self._query))
        self._finish(address or "", 0 if address else _HOST_NOT_FOUND)


def _first_address(answer, at):
    """Return the first A record after the question, or None."""
    for _ in range(struct.unpack_from(">H", answer, 6)[0]):
        while at < len(answer) and answer[at] and answer[at] < 0xC0:
            at += 1 + answer[at]
        at += 2 if at < len(answer) and answer[at] >= 0xC0 else 1
        if at + 10 > len(answer):
            return None
        kind, _, _, size = struct.unpack_from(">HHIH", answer, at)
        at += 10
        if kind == _A_RECORD and size == 4:
            return ".".join(map(str, answer[at : at + 4]))
        at += size
    return None
