"""DNS packets: names, records and answers, as bytes."""

from wherry.net import dns

ID = 0xBEEF
NAME = "Harbor.example.com"
LABELS = b"\x06Harbor\x07example\x03com\x00"
# Pointers to the question's name and to its parent, which are at the same place in every answer.
TO_NAME = b"\xc0\x0c"
TO_PARENT = b"\xc0\x13"
A, CNAME, AAAA = 1, 5, 28


def record(owner, kind, data, ttl_s=300, network=1):
    return (
        owner + bytes((0, kind, 0, network)) + ttl_s.to_bytes(4, "big")
        + len(data).to_bytes(2, "big") + data
    )  # fmt: skip


def answer(*records, **changes):
    """Return an answer of records; `changes` may have flags (2 bytes), question and count."""
    return (
        b"\xbe\xef" + changes.get("flags", b"\x81\x80") + b"\0\1"
        + changes.get("count", len(records)).to_bytes(2, "big") + b"\0\0\0\0"
        + changes.get("question", LABELS + b"\0\1\0\1") + b"".join(records)
    )  # fmt: skip


def read(packet):
    return dns.read_answer(packet, NAME, ID)
