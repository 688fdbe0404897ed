"""Read request heads as h11 does, or as the open-source Harbor servers (fasthttp) do."""

import re

import h11

from wherry_host.server.patient_http import PatientHttp

#: The size of the largest head, including its empty line, that the open server accepts.
HEAD_SIZE_MAX = 4096
_HEAD_END = re.compile(rb"\n\r?\n")
_REQUEST_LINE = re.compile(rb"\S+ (\S+) (HTTP/1\.[01])(\r?\n)")
_HOST = re.compile(rb"\nhost[ \t]*:", re.IGNORECASE)
_KEEP_ALIVE = re.compile(rb"\nconnection:[ \t]*keep-alive[ \t]*\r?\n", re.IGNORECASE)


class Heads(PatientHttp):
    """One connection; a request that cannot be read ends the connection."""

    def send_400_response(self, msg):
        """Refuse an invalid request, unless an answer has begun, to which nothing can be added."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.refuse(400, msg)
        else:
            self.transport.close()

    def refuse(self, status, details):
        """Answer an invalid request, and close."""
        super().send_400_response(details)


class OpenHeads(Heads):
    """The open server's heads: Host is optional, HTTP/1.0 may keep alive, the size is limited.

    `unfit(path, status, details)` returns its `Answer` to an invalid request.
    """

    def __init__(self, unfit, **options):
        super().__init__(**options)
        self._unfit = unfit
        self._head = b""

    def handle_events(self):
        """Let h11 continue; a head is passed to it when it is complete."""
        if self.conn.their_state is h11.IDLE:
            self._head = self.conn.trailing_data[0]
            end = _HEAD_END.search(self._head)
            if end is None and len(self._head) < HEAD_SIZE_MAX:
                return
            if end is None or end.end() > HEAD_SIZE_MAX:
                self.refuse(431, "Request Header Fields Too Large")
                return
            # Bytes that h11 has received cannot be changed, so a new connection object replaces
            # the old one.
            self.conn = h11.Connection(h11.SERVER)
            self.conn.receive_data(_amended(self._head[: end.end()]) + self._head[end.end() :])
        super().handle_events()

    def refuse(self, status, details):
        """Answer in the form of the API version in the path."""
        line = _REQUEST_LINE.match(self._head)
        if status == 400:
            details = f"error when reading request headers: {details}"
        answer = self._unfit(line[1].decode("latin-1") if line else "", status, details)
        length = str(len(answer.content))
        headers = {"content-type": "application/json", "content-length": length, **answer.headers}
        for event in (
            h11.Response(status_code=status, headers=list(headers.items())),
            h11.Data(data=answer.content),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()


def _amended(head):
    """Return a head that h11 reads as the open server would read the original."""
    line = _REQUEST_LINE.match(head)
    if line is None:
        return head
    if line[2] == b"HTTP/1.0" and _KEEP_ALIVE.search(head):
        head = head[: line.start(2)] + b"HTTP/1.1" + head[line.end(2) :]
    if not _HOST.search(head):
        head = head[: line.end()] + b"Host:" + line[3] + head[line.end() :]
    return head
