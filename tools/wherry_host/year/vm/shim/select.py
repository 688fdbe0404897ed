"""`select.poll` over sockets and TLS streams, on virtual time."""

from _board import call

POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16


class poll:
    def __init__(self):
        self._streams = {}

    def register(self, stream, flags):
        self._streams[stream.number] = stream, flags

    modify = register

    def unregister(self, stream):
        self._streams.pop(stream.number, None)

    def poll(self, timeout=-1):
        watched = [bytes((number, flags)) for number, (_, flags) in self._streams.items()]
        answer = call(b"np" + (timeout & 0xFFFFFFFF).to_bytes(4, "little") + b"".join(watched))
        return [(self._streams[answer[i]][0], answer[i + 1]) for i in range(0, len(answer), 2)]
