"""HTTP/1.1 on one connection that does not wait for an unfinished request."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientHttp(H11Protocol):
    """HTTP/1.1 that waits `timeout_s` for a request's head and for each piece of its body.

    uvicorn would wait forever. Between two requests, uvicorn's keep-alive time applies.
    """

    def __init__(self, *args, timeout_s, **kwargs):
        super().__init__(*args, **kwargs)
        self._timeout_s = timeout_s
        self._timer = None

    def connection_made(self, transport):
        super().connection_made(transport)
        self._start()

    def data_received(self, data):
        super().data_received(data)
        self._look()

    def on_response_complete(self):
        super().on_response_complete()
        # The next request's head may have begun to arrive.
        self._look()

    def _look(self):
        """Run the timer if a request is incomplete."""
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self._cancel()
            self._start()
        elif state is not h11.IDLE or not self.conn.trailing_data[0]:
            self._cancel()
        elif self._timer is None:
            self._start()

    def connection_lost(self, exc):
        self._cancel()
        super().connection_lost(exc)

    def _start(self):
        self._timer = self.loop.call_later(self._timeout_s, self.transport.abort)

    def _cancel(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
