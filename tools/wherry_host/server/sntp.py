"""An SNTP server on the virtual clock, written from RFC 5905 (packet, kiss codes) and RFC 4330.

The clock returns true time; each fault that a time server may have is a switch.
"""

import asyncio
import struct

from pydantic import BaseModel, ConfigDict, Field

from wherry_host.server.udp import Responder

# Leap, version and mode; stratum; poll; precision; root delay; root dispersion; reference id;
# then the reference, origin, receive and transmit timestamps of 64 bits each (RFC 5905, 7.3).
_PACKET = struct.Struct(">BBbbII4sQQQQ")
_EPOCH_S = 2_208_988_800
_CLIENT = 3
_SERVER = 4
_UNSYNCHRONISED = 3
# About 300 years, and one day.
_OFFSET_MAX_MS = 1e13
_DELAY_MAX_MS = 86_400_000


class SntpSwitches(BaseModel):
    """The faults of the time server; delays and offset are in milliseconds of true time."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_assignment=True)

    dead: bool = False
    kiss: str | None = Field(None, pattern="^[A-Z]{4}$")
    wrong_origin: bool = False
    unsynchronised: bool = False
    stratum: int = Field(2, ge=0, le=255)
    offset_ms: float = Field(0.0, ge=-_OFFSET_MAX_MS, le=_OFFSET_MAX_MS)
    delay_in_ms: float = Field(0.0, ge=0, le=_DELAY_MAX_MS)
    delay_out_ms: float = Field(0.0, ge=0, le=_DELAY_MAX_MS)


class SntpServer(Responder):
    """Answers client packets; a client cannot detect that the delays in and out are unequal."""

    def __init__(self, clock):
        super().__init__(SntpSwitches(), clock.now_us)
        self._clock = clock
        #: The true Unix us at which clients were given the time.
        self.answered_us = []

    def respond(self, request, address):
        switches = self.switches
        self._after(switches.delay_in_ms, self._reply, request, address)

    def _reply(self, request, address):
        reply = self.reply(request)
        self._after(self.switches.delay_out_ms, self.send, reply, address)

    def _after(self, delay_ms, action, *arguments):
        if delay_ms == 0:
            action(*arguments)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(delay_ms / 1000 / self._clock.scale, action, *arguments)

    def reply(self, request):
        """Return the packet for a client packet, or None for anything else."""
        if len(request) < _PACKET.size or request[0] & 7 != _CLIENT:
            return None
        switches = self.switches
        now_us = self._clock.now_us()
        self.answered_us.append(now_us)
        now = timestamp(now_us + round(switches.offset_ms * 1000))
        origin = struct.unpack_from(">Q", request, 40)[0]
        leap = _UNSYNCHRONISED if switches.unsynchronised or switches.kiss else 0
        return _PACKET.pack(
            leap << 6 | request[0] & 0o70 | _SERVER,
            0 if switches.kiss else switches.stratum,
            request[2] if request[2] < 128 else 6,
            -20,
            0,
            0,
            switches.kiss.encode() if switches.kiss else b"LOCL",
            now,
            origin ^ 1 if switches.wrong_origin else origin,
            now,
            now,
        )


def timestamp(unix_us):
    """Return the 64-bit NTP timestamp of Unix microseconds; it wraps in 2036 as specified."""
    seconds, fraction_us = divmod(unix_us, 1_000_000)
    # The fraction is rounded up, so that truncating it to microseconds returns the same number.
    fraction = -(-(fraction_us << 32) // 1_000_000)
    return (seconds + _EPOCH_S & 0xFFFFFFFF) << 32 | fraction
