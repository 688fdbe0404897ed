"""A DNS server that resolves every name to this machine, written from RFC 1035.

It answers one question per packet. Only questions for IPv4 addresses get a non-empty answer.
"""

import struct

from pydantic import BaseModel, ConfigDict, Field

from wherry_host.server.udp import Responder

_HEADER = struct.Struct(">HHHHHH")
_TYPE_A, _TYPE_CNAME, _CLASS_IN = 1, 5, 1
_RESPONSE, _TRUNCATED, _WANTED, _AVAILABLE = 0x8000, 0x0200, 0x0100, 0x0080
_NAME_ERROR = 3
_TTL_S = 60


class DnsSwitches(BaseModel):
    """The faults of the name server; `aliases` CNAME records come before the address."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    dead: bool = False
    nxdomain: bool = False
    wrong_id: bool = False
    truncated: bool = False
    aliases: int = Field(0, ge=0, le=16)


class DnsServer(Responder):
    """Answers queries from `names` (lower-case name -> IPv4 text); other names get `default`."""

    def __init__(self, names=None, default="127.0.0.1", now_us=lambda: 0):
        super().__init__(DnsSwitches(), now_us)
        self._names = dict(names or {})
        self._default = default

    def reply(self, request):
        """Return the answer to a query with one question, or None for any other packet."""
        if len(request) < _HEADER.size:
            return None
        query_id, flags, questions, _, _, _ = _HEADER.unpack_from(request)
        name, end = _read_name(request, _HEADER.size)
        if flags & _RESPONSE or questions != 1 or name is None or len(request) < end + 4:
            return None
        kind, _ = struct.unpack_from(">HH", request, end)
        address = self._names.get(name.lower(), self._default)
        code = _NAME_ERROR if self.switches.nxdomain or address is None else 0
        records = [] if code or kind != _TYPE_A else self._records(address)
        flags = _RESPONSE | flags & _WANTED | _AVAILABLE | code
        if self.switches.truncated:
            flags, records = flags | _TRUNCATED, []
        if self.switches.wrong_id:
            query_id ^= 0x5555
        header = _HEADER.pack(query_id, flags, 1, len(records), 0, 0)
        return header + request[_HEADER.size : end + 4] + b"".join(records)

    def _records(self, address):
        # 0xC00C points back to the question's name; each alias is the owner name of the next
        # record.
        owner, records = b"\xc0\x0c", []
        for number in range(1, self.switches.aliases + 1):
            alias = _name(f"alias{number}.test")
            records.append(_record(owner, _TYPE_CNAME, alias))
            owner = alias
        packed = bytes(int(part) for part in address.split("."))
        return records + [_record(owner, _TYPE_A, packed)]


def _record(owner, kind, content):
    return owner + struct.pack(">HHIH", kind, _CLASS_IN, _TTL_S, len(content)) + content


def _name(text):
    labels = (bytes([len(label)]) + label.encode() for label in text.split("."))
    return b"".join(labels) + b"\0"


def _read_name(packet, offset):
    """Return (dotted name, offset after it); the name is None if it is not plain labels."""
    labels = []
    while offset < len(packet):
        size = packet[offset]
        offset += 1
        if size == 0:
            return ".".join(labels), offset
        if size > 63 or offset + size > len(packet):
            break
        labels.append(packet[offset : offset + size].decode("latin-1"))
        offset += size
    return None, offset
