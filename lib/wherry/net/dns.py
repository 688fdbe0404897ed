"""DNS packets: a question for a host's IPv4 address and the answer to it (RFC 1035). No I/O.

An answer counts only if it repeats our question; aliases are followed inside the packet. The work
is bounded for any packet: pointers only lead backwards, and the number of aliases and the sizes of
names and of the packet are limited.
"""

from micropython import const

# RFC 1035 section 4.2.1; a longer packet would have to be requested.
_PACKET_SIZE_MAX = const(512)
_HEAD_SIZE = const(12)
_NAME_SIZE_MAX = const(255)
_ALIAS_COUNT_MAX = const(8)
_TTL_S_MIN = const(60)
_TTL_S_MAX = const(0xFFFF)
_TYPE_A = const(1)
_TYPE_CNAME = const(5)
_CLASS_IN = const(1)

_RCODES = ("", "format error", "server failure", "no such name", "not implemented", "refused")


def is_address(text: str) -> bool:
    """Return whether `text` is an IPv4 address in its usual form."""
    parts = text.split(".")
    for part in parts:
        if not part.isdigit() or len(part) > 3 or int(part) > 255:
            return False
    return len(parts) == 4


def write_query(name: str, query_id: int) -> bytes:
    """Return a query for the addresses of `name`; ValueError if the name is invalid."""
    packet = bytearray((query_id >> 8, query_id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    for label in name.encode().split(b"."):
        if not 0 < len(label) < 64:
            raise ValueError("host name has an empty or too long part")
        packet.append(len(label))
        packet.extend(label)
    if len(packet) >= _HEAD_SIZE + _NAME_SIZE_MAX:
        raise ValueError("host name is too long")
    packet.extend(b"\0\0\1\0\1")
    return bytes(packet)


def read_answer(packet: bytes, name: str, query_id: int) -> tuple | None:
    """Return (address as text, seconds for which it may be cached, 60 to 65,535).

    Returns None if the packet does not answer our question; the caller then keeps waiting. Raises
    OSError if it does, but has no address.
    """
    packet = bytes(packet[:_PACKET_SIZE_MAX])
    question = write_query(name, query_id)
    if packet[:2] != question[:2] or packet[2:3] < b"\x80":
        return None
    try:
        return _resolve(packet, question)
    except IndexError:
        raise OSError("answer ends inside a record") from None


def _resolve(packet, question):
    end = len(question)
    rcode = packet[3] & 15
    if rcode:
        raise OSError(_RCODES[rcode] if rcode < len(_RCODES) else "rcode %d" % rcode)
    if packet[4:6] != b"\0\1" or packet[_HEAD_SIZE:end].lower() != question[_HEAD_SIZE:].lower():
        return None  # The answer to another question.
    if packet[2] & 2:
        raise OSError("answer is truncated")
    count = _u16(packet, 6)
    name = question[_HEAD_SIZE:-5].lower()
    ttl_s = _TTL_S_MAX
    for _ in range(_ALIAS_COUNT_MAX + 1):
        kind, at, record_ttl_s = _find(packet, end, count, name)
        ttl_s = min(ttl_s, max(record_ttl_s, _TTL_S_MIN))
        if kind == _TYPE_A:
            return "%d.%d.%d.%d" % tuple(packet[at : at + 4]), ttl_s
        name, _ = _read_name(packet, at)
    raise OSError("too many aliases")


def _find(packet, at, count, name):
    """Return type, position of the data and TTL of the first address or alias of `name`."""
    for _ in range(count):
        owner, at = _read_name(packet, at)
        kind = _u16(packet, at)
        size = _u16(packet, at + 8)
        start = at + 10
        at = start + size
        if at > len(packet):
            raise IndexError
        if (
            owner == name
            and _u16(packet, start - 8) == _CLASS_IN
            and (kind == _TYPE_CNAME or (kind == _TYPE_A and size == 4))
        ):
            ttl_s = _TTL_S_MAX if _u16(packet, start - 6) else _u16(packet, start - 4)
            return kind, start, ttl_s
    raise OSError("no address in the answer")


def _read_name(packet, at):
    """Return a name as its labels with their sizes, in lower case, and the position after it."""
    name = b""
    end = 0
    earliest = at
    while packet[at]:
        size = packet[at]
        if size >= 0xC0:
            end = end or at + 2
            at = (size & 63) << 8 | packet[at + 1]
            if at >= earliest:
                raise OSError("pointer forwards")
            earliest = at
        else:
            name += packet[at : at + size + 1]
            at += size + 1
            if size > 63 or len(name) >= _NAME_SIZE_MAX:
                raise OSError("name is too long")
    return name.lower(), end or at + 1


def _u16(packet, at):
    return packet[at] << 8 | packet[at + 1]
