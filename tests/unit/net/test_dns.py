"""DNS packets: addresses behind aliases and pointers, times, refusals, malicious packets."""

import random

from support.net.dns_packets import (
    AAAA,
    CNAME,
    ID,
    LABELS,
    NAME,
    TO_NAME,
    TO_PARENT,
    A,
    answer,
    read,
    record,
)
from support.node.check import raises
from wherry.net import dns

DIRECT = answer(record(TO_NAME, A, b"\xc0\0\2\x07"))
# The alias comes last, the address of its target first; both use pointers.
ALIASED = answer(
    record(b"\x04edge" + TO_PARENT, A, b"\x0a\1\2\3", 99),
    record(b"\x06HARBOR" + TO_PARENT, CNAME, b"\x04Edge" + TO_PARENT, 4000),
)
# A label of 63 octets, the most that RFC 1035 allows.
LONG_LABEL = b"\x3f" + b"a" * 63 + b"\0"


def test_question():
    expected = b"\xbe\xef\1\0\0\1\0\0\0\0\0\0" + LABELS + b"\0\1\0\1"
    assert dns.write_query(NAME, ID) == expected
    assert len(dns.write_query("a" * 63 + "." + "b" * 63, 0)) == 12 + 129 + 4
    # The longest name has 255 octets with its length octets and the root (RFC 1035, 2.3.4).
    assert len(dns.write_query("a." * 126 + "b", 0)) == 12 + 255 + 4


def test_invalid_names_are_not_queried():
    for name in ("", ".", "a..b", "a.", ".a", "a" * 64, "a." * 126 + "bc"):
        raises(ValueError, dns.write_query, name, 1)


def test_addresses():
    dots = record(b"\x04edge\x07example\x03com\0", A, b"\xff\xff\xff\0")
    chain = [record(TO_NAME, CNAME, b"\x02a1\0")]
    for i in range(1, 8):
        chain.append(record(b"\x02a%d\0" % i, CNAME, b"\x02a%d\0" % (i + 1)))
    chain.append(record(b"\x02a8\0", A, b"\1\1\1\1"))
    cases = (
        (DIRECT, ("192.0.2.7", 300)),
        (ALIASED, ("10.1.2.3", 99)),
        (answer(record(TO_NAME, CNAME, b"\x04edge" + TO_PARENT, 70), dots), ("255.255.255.0", 70)),
        (answer(record(TO_NAME, A, b"\1\2\3\4"), record(TO_NAME, A, b"\5\6\7\x08")),
         ("1.2.3.4", 300)),
        (answer(record(TO_NAME, AAAA, bytes(16)), record(TO_NAME, A, b"\1\2\3\4", network=3),
                record(TO_PARENT, A, b"\5\6\7\x08"), record(TO_NAME, A, b"\5\6\7"),
                record(TO_NAME, A, b"\x09\x09\x09\x09")), ("9.9.9.9", 300)),
        (answer(*chain), ("1.1.1.1", 300)),
        (answer(record(TO_NAME, CNAME, LONG_LABEL), record(LONG_LABEL, A, b"\2\2\2\2")),
         ("2.2.2.2", 300)),
    )  # fmt: skip
    for packet, expected in cases:
        for form in (packet, bytearray(packet), memoryview(packet), packet + b"tail"):
            assert read(form) == expected, (packet, read(form))


def test_names_are_equal_in_any_case():
    packet = answer(record(TO_NAME, A, b"\1\2\3\4"), question=LABELS.upper() + b"\0\1\0\1")
    assert dns.read_answer(packet, NAME.lower(), ID)[0] == "1.2.3.4"


def test_strays_are_recognised():
    strays = (
        b"", b"\xbe", b"\xbe\xef", dns.write_query(NAME, ID), b"\xbe\xee" + DIRECT[2:],
        answer(question=LABELS + b"\0\x1c\0\1"), answer(question=LABELS + b"\0\1\0\3"),
        answer(question=b"\x05arbor" + LABELS[7:] + b"\0\1\0\1"), DIRECT[:4] + bytes(8),
        DIRECT[:4] + b"\0\2" + DIRECT[6:],
    )  # fmt: skip
    for packet in strays:
        assert read(packet) is None, packet


def test_refusals_have_their_reason():
    aliases = [record(b"\x02a%d\0" % i, CNAME, b"\x02a%d\0" % (i + 1)) for i in range(1, 10)]
    aliases.append(record(b"\x03a10\0", A, b"\1\1\1\1"))
    loop = record(b"\x04edge" + TO_PARENT, CNAME, TO_NAME)
    cases = (
        (answer(flags=b"\x81\x83"), "no such name"), (answer(flags=b"\x81\x82"), "server failure"),
        (answer(flags=b"\x81\x85"), "refused"), (answer(flags=b"\x81\x8f"), "rcode 15"),
        (answer(flags=b"\x83\x80"), "truncated"), (answer(), "no address"),
        (answer(record(TO_NAME, AAAA, bytes(16))), "no address"),
        (answer(record(TO_NAME, CNAME, b"\x04edge" + TO_PARENT)), "no address"),
        (answer(record(TO_NAME, CNAME, TO_NAME)), "too many aliases"),
        (answer(record(TO_NAME, CNAME, b"\x04edge" + TO_PARENT), loop), "too many aliases"),
        (answer(record(TO_NAME, CNAME, b"\x02a1\0"), *aliases), "too many aliases"),
        (answer(count=1), "inside a record"), (DIRECT[:-1], "inside a record"),
        (answer(record(TO_PARENT, A, b"\1\2\3\4"), count=0xFFFF), "inside a record"),
        (answer(record(b"\xc0\x24", A, b"\1\2\3\4")), "forwards"),
        (answer(record(b"\xff\xff", A, b"\1\2\3\4")), "forwards"),
        (answer(record(b"\1a\xc0\x24", A, b"\1\2\3\4")), "forwards"),
        (answer(record(b"\x80abc\0", A, b"\1\2\3\4")), "too long"),
        (answer(record(b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\x3f" + b"c" * 63 + b"\x3f"
                       + b"d" * 63 + b"\0", A, b"\1\2\3\4")), "too long"),
        (answer(*([record(b"\0", A, b"\1\2\3\4")] * 32), record(TO_NAME, A, b"\1\2\3\4")),
         "inside a record"),
    )  # fmt: skip
    for packet, reason in cases:
        error = raises(OSError, read, packet)
        assert reason in str(error), (reason, error)


def read_or_refuse(packet):
    """Return the addresses, or None if the packet is a stray or is refused."""
    try:
        return read(packet)
    except OSError:
        return None


def test_packets_cut_at_every_place():
    for packet in (DIRECT, ALIASED):
        for i in range(len(packet)):
            if read_or_refuse(packet[:i]):
                raise AssertionError("an address from %d bytes" % i)


def test_random_packets_are_addresses_or_refused():
    seed = random.getrandbits(30)
    print("seed", seed)
    random.seed(seed)
    found = 0
    for count in range(3000):
        packet = bytearray(DIRECT if count & 1 else ALIASED)
        for _ in range(random.randrange(5)):
            packet[random.randrange(2, len(packet))] = random.choice((
                0, 1, 5, 12, 0xC0, 0xFF, random.getrandbits(8),
            ))  # fmt: skip
        address_and_ttl = read_or_refuse(packet)
        if not address_and_ttl:
            continue
        address, ttl_s = address_and_ttl
        found += 1
        assert dns.is_address(address) and 60 <= ttl_s <= 65535, (seed, count)
    print("3000 packets,", found, "addresses")
    assert 0 < found < 3000


def test_addresses_are_recognised():
    for text in ("0.0.0.0", "127.0.0.1", "255.255.255.255"):
        assert dns.is_address(text), text
    wrong = ("", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.", "a.b.c.d", "1.2.3.-4", "1.2.3.0004",
             "harbor.example.com", " 1.2.3.4", "::1")  # fmt: skip
    for text in wrong:
        assert not dns.is_address(text), text


TEXT = 16
HEAD_SIZE, QUESTION_SIZE = 12, len(LABELS) + 4
FOUND = "1.2.3.4", 300


def test_a_time_to_live_is_limited_to_60_to_65535_s():
    for ttl_s, kept_s in (
        (0, 60), (60, 60), (61, 61), (0x1234, 0x1234), (65_535, 65_535), (65_536, 65_535),
        ((1 << 32) - 1, 65_535),
    ):  # fmt: skip
        assert read(answer(record(TO_NAME, A, b"\1\2\3\4", ttl_s))) == ("1.2.3.4", kept_s), ttl_s
    for alias_s, address_s, kept_s in ((90, 80, 80), (80, 90, 80), (0, 90, 60), (90, 0, 60),
                                       (1 << 20, 90, 90), (70_000, 70_000, 65_535)):  # fmt: skip
        alias = record(TO_NAME, CNAME, b"\1e" + TO_PARENT, alias_s)
        address = record(b"\1e" + TO_PARENT, A, b"\1\2\3\4", address_s)
        for records in ((alias, address), (address, alias)):
            assert read(answer(*records)) == ("1.2.3.4", kept_s), (alias_s, address_s)


def test_pointers_lead_backwards_over_several_steps():
    start = HEAD_SIZE + QUESTION_SIZE
    # The first owner is a pointer; the second points to the first, and the third to the second.
    first = record(TO_NAME, TEXT, b"xy")
    second = record(bytes((0xC0, start)), TEXT, b"")
    third = record(bytes((0xC0, start + len(first))), A, b"\1\2\3\4")
    assert read(answer(first, second, third)) == FOUND
    # From 256 octets on, the high bits of the pointer matter.
    for far in (256, 257, 300, 400):
        data = far - start - 2 - 10
        target = record(TO_NAME, TEXT, bytes(data)) + record(LABELS, TEXT, b"")
        pointer = bytes((0xC0 | far >> 8, far & 255))
        packet = answer(target, record(pointer, A, b"\1\2\3\4"), count=3)
        assert packet[far : far + len(LABELS)] == LABELS
        assert read(packet) == FOUND, far
    # The pointer leads to itself or to a later place.
    for at in (start, start + 1, start + 2):
        error = raises(OSError, read, answer(record(bytes((0xC0, at)), A, bytes(4))))
        assert str(error) == "pointer forwards"
