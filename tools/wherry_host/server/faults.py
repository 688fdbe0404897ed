"""Injected faults: their kinds, and the choice of the fault that strikes.

Request faults replace the answer to a request that would have been accepted. Wire faults are
applied by the proxy in front of the server. With the same seed, every run has the same strikes.
"""

import random
import threading
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

RequestKind = Literal["status", "page", "poison", "short", "lose", "drop"]
WireKind = Literal["cut", "stall", "dribble", "garbage", "refuse", "silence"]
_REQUEST_KINDS = frozenset(get_args(RequestKind))
# A closed port is a state of the proxy and strikes no connection.
_CONNECTION_KINDS = frozenset(get_args(WireKind)) - {"refuse"}
_TEXT_MAX = 2000
_INTERVAL_MAX_MS = 86_400_000
_GARBAGE_SIZE_MAX = 1 << 24


def _whole(text):
    """Refuse half a surrogate pair, which no answer could contain."""
    text.encode()
    return text


Name = Annotated[str, AfterValidator(_whole)]


class Fault(BaseModel):
    """One fault; its times are in milliseconds of true time, its sizes in bytes.

    Request kinds: `status` answers `status` and stores nothing (with `retry_after_s` for 429,
    `location` for a redirect) · `page` answers 200 with a captive portal's web page and stores
    nothing · `poison` answers 400 to a batch that holds `channel` (with
    `value`, if given) · `short` leaves those points (without `channel`: the last) out and
    answers with the smaller count · `lose` accepts and stores nothing · `drop` stores, commits
    and closes the connection without an answer.
    Wire kinds, from byte `after_size` in `direction` on: `cut` closes · `stall` goes silent with
    the connection open · `dribble` passes one byte every `interval_ms` · `garbage` sends
    `size` random bytes. Immediately: `refuse` (the port is closed) · `silence` (never answers).
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: RequestKind | WireKind
    api: Name | None = None
    device: Name | None = None
    channel: Name | None = None
    value: float | None = None
    probability: float = Field(1.0, ge=0, le=1)
    times: int | None = Field(None, ge=1)
    status: int = Field(500, ge=300, le=599)
    retry_after_s: int | None = Field(None, ge=0)
    # The value goes into a header unchanged.
    location: str = Field("http://127.0.0.1:9/moved", pattern=r"^[!-~]+$", max_length=_TEXT_MAX)
    direction: Literal["up", "down"] = "down"
    after_size: int = Field(0, ge=0)
    interval_ms: float = Field(100.0, gt=0, le=_INTERVAL_MAX_MS)
    size: int = Field(1024, ge=1, le=_GARBAGE_SIZE_MAX)
    struck: int = 0

    @model_validator(mode="after")
    def _check(self):
        if self.kind == "poison" and self.channel is None:
            raise ValueError('a "poison" fault needs a channel')
        return self

    def singles_out(self, point):
        """Return True if the fault is meant for a point (device, channel, time_us, value)."""
        _, channel, _, value = point
        return channel == self.channel and self.value in (None, value)

    def fits(self, api, points):
        """Return True if the fault applies to this request."""
        if self.kind not in _REQUEST_KINDS or self.api not in (None, api):
            return False
        if self.device is not None and all(point[0] != self.device for point in points):
            return False
        return self.kind != "poison" or any(map(self.singles_out, points))


class Faults:
    """The active faults; the first fault in the list that fits strikes."""

    def __init__(self, seed, now_us):
        self._random = random.Random(seed)
        self._now_us = now_us
        #: (time from `now_us` in us, kind) of each strike, and of each broken connection.
        self.strikes = []
        self._lock = threading.Lock()
        self._faults = []

    def put(self, faults):
        """Replace all faults."""
        with self._lock:
            self._faults = list(faults)

    def add(self, fault):
        """Add one fault at the end of the list."""
        with self._lock:
            self._faults.append(fault)

    def all(self):
        """Return the faults that may still strike."""
        with self._lock:
            return [fault for fault in self._faults if not _is_spent(fault)]

    def strike_request(self, api, points):
        """Return the fault for an acceptable request, or None."""
        if not self._faults:
            return None
        return self._strike(lambda fault: fault.fits(api, points))

    def strike_connection(self):
        """Return the fault for a new connection, or None."""
        return self._strike(lambda fault: fault.kind in _CONNECTION_KINDS)

    def refuses(self):
        """Return True if the port must be closed."""
        return any(fault.kind == "refuse" for fault in self.all())

    def random_bytes(self, size):
        """Return random bytes, which are the same for the same seed."""
        with self._lock:
            return self._random.randbytes(size)

    def note(self, fault):
        """Note a connection that breaks after it opened, or a request above a limit."""
        self.strikes.append((self._now_us(), fault.kind))

    def _strike(self, fits):
        with self._lock:
            for fault in self._faults:
                if _is_spent(fault) or not fits(fault):
                    continue
                if fault.probability == 1 or self._random.random() < fault.probability:
                    fault.struck += 1
                    self.strikes.append((self._now_us(), fault.kind))
                    return fault
        return None


def _is_spent(fault):
    return fault.times is not None and fault.struck >= fault.times
