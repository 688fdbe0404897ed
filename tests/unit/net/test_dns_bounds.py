"""DNS packets at each bound: counts, sizes, times and pointers, on both sides of the limit."""

from support.net.dns_packets import (
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

TEXT = 16
HEAD_SIZE, QUESTION_SIZE = 12, len(LABELS) + 4
HERE = record(TO_NAME, A, b"\1\2\3\4")
FOUND = "1.2.3.4", 300


def refusal(packet):
    return str(raises(OSError, read, packet))


def test_a_query_has_the_name_unchanged_and_any_id():
    for query_id, octets in (
        (0, b"\0\0"),
        (1, b"\0\1"),
        (0x1234, b"\x12\x34"),
        (0xFFFF, b"\xff\xff"),
    ):
        expected = octets + b"\1\0\0\1\0\0\0\0\0\0" + LABELS + b"\0\1\0\1"
        assert dns.write_query(NAME, query_id) == expected
    for sizes, is_legal in (
        ((1,), True), ((63,), True), ((64,), False), ((5, 63, 5), True), ((5, 64, 5), False),
        # With length octets and the root, these names have 254, 255 and 256 octets.
        ((63, 63, 63, 60), True), ((63, 63, 63, 61), True), ((63, 63, 63, 62), False),
    ):  # fmt: skip
        labels = ["n" * size for size in sizes]
        if is_legal:
            text = b"".join([bytes((size,)) + b"n" * size for size in sizes])
            assert dns.write_query(".".join(labels), 0)[12:] == text + b"\0\0\1\0\1", sizes
        else:
            raises(ValueError, dns.write_query, ".".join(labels), 0)


def test_only_an_answer_with_our_id_counts():
    packet = answer(HERE)
    for i in (0, 1):
        for bit in range(8):
            wrong = bytearray(packet)
            wrong[i] ^= 1 << bit
            assert read(wrong) is None, (i, bit)
    for flags, is_answer in ((b"\0\0", False), (b"\x7f\0", False), (b"\x80\0", True),
                             (b"\xfd\xf0", True), (b"\x81\x80", True)):  # fmt: skip
        assert read(answer(HERE, flags=flags)) == (FOUND if is_answer else None), flags


def test_every_refusal_has_its_name_or_number():
    names = ("format error", "server failure", "no such name", "not implemented", "refused")
    for rcode in range(1, 16):
        reason = names[rcode - 1] if rcode <= len(names) else "rcode %d" % rcode
        for rest in (0x80, 0, 0xF0):
            assert refusal(answer(HERE, flags=bytes((0x81, rest | rcode)))) == reason
    assert refusal(answer(HERE, flags=b"\x82\0")) == "answer is truncated"
    assert refusal(answer(HERE, flags=b"\xff\xf0")) == "answer is truncated"


def test_an_answer_repeats_exactly_our_question():
    question = LABELS + b"\0\1\0\1"
    for i in range(len(question)):
        wrong = bytearray(question)
        wrong[i] ^= 1
        assert read(answer(HERE, question=bytes(wrong))) is None, i
    packet = answer(HERE)
    for i, count in ((4, b"\1\1"), (4, b"\0\0"), (4, b"\0\2")):
        assert read(packet[:i] + count + packet[i + 2 :]) is None, count


def test_a_time_to_live_is_limited_to_60_to_65535_s():
    for ttl_s, kept_s in (
        (0, 60), (1, 60), (59, 60), (60, 60), (61, 61), (255, 255), (256, 256), (0x1234, 0x1234),
        (65_534, 65_534), (65_535, 65_535), (65_536, 65_535), (65_537, 65_535),
        (1 << 24, 65_535), ((1 << 32) - 1, 65_535),
    ):  # fmt: skip
        assert read(answer(record(TO_NAME, A, b"\1\2\3\4", ttl_s))) == ("1.2.3.4", kept_s), ttl_s
    for alias_s, address_s, kept_s in ((90, 80, 80), (80, 90, 80), (0, 90, 60), (90, 0, 60),
                                       (1 << 20, 90, 90), (70_000, 70_000, 65_535)):  # fmt: skip
        alias = record(TO_NAME, CNAME, b"\1e" + TO_PARENT, alias_s)
        address = record(b"\1e" + TO_PARENT, A, b"\1\2\3\4", address_s)
        for records in ((alias, address), (address, alias)):
            assert read(answer(*records)) == ("1.2.3.4", kept_s), (alias_s, address_s)


def test_records_of_other_types_classes_and_sizes_are_skipped():
    for kind, network, size in (
        (0, 1, 4), (2, 1, 4), (28, 1, 4), (A, 0, 4), (A, 2, 4), (A, 255, 4), (A, 1, 3), (A, 1, 5),
        (A, 1, 0), (A, 1, 16), (4, 1, 4), (6, 1, 4),
    ):  # fmt: skip
        other = record(TO_NAME, kind, bytes(size), network=network)
        assert read(answer(other, HERE)) == FOUND, (kind, network, size)
        assert refusal(answer(other)) == "no address in the answer"
    # Type and class have two octets each; so does the size.
    start = HEAD_SIZE + QUESTION_SIZE + 2
    for i in (0, 2):
        packet = bytearray(answer(HERE, HERE))
        packet[start + i] = 1
        assert read(packet) == FOUND
        assert refusal(packet[:7] + b"\1" + packet[8:]) == "no address in the answer"
    for size in (255, 256, 300):
        assert read(answer(record(TO_NAME, TEXT, bytes(size)), HERE)) == FOUND, size


def test_as_many_records_are_read_as_the_count_says():
    other = record(TO_PARENT, A, b"\5\6\7\x08")
    for count, is_found in ((0, False), (1, False), (2, True), (3, True), (0x0102, True)):
        packet = answer(other, HERE, count=count)
        if is_found:
            assert read(packet) == FOUND, count
        else:
            assert refusal(packet) == "no address in the answer", count
    # The count is 256, which is more records than the packet has.
    assert refusal(answer(other, count=256)) == "answer ends inside a record"


def chain(alias_count):
    records = [record(TO_NAME, CNAME, b"\x02a0\0")]
    for i in range(1, alias_count):
        records.append(record(b"\x02a%d\0" % (i - 1), CNAME, b"\x02a%d\0" % i))
    return answer(*records, record(b"\x02a%d\0" % (alias_count - 1), A, b"\1\2\3\4"))


def test_at_most_eight_aliases_are_followed():
    for count in (1, 7, 8):
        assert read(chain(count)) == FOUND, count
    for count in (9, 10):
        assert refusal(chain(count)) == "too many aliases", count


def test_a_packet_is_read_up_to_512_octets():
    room = 512 - len(answer(HERE)) - len(record(TO_NAME, TEXT, b""))
    for size, is_found in ((room - 1, True), (room, True), (room + 1, False)):
        packet = answer(record(TO_NAME, TEXT, bytes(size)), HERE)
        assert len(packet) == 512 + size - room
        if is_found:
            assert read(packet) == FOUND
        else:
            assert refusal(packet) == "answer ends inside a record"


def test_a_label_has_63_octets_and_a_name_255():
    for size, reason in (
        (1, ""), (62, ""), (63, ""), (64, "too long"), (127, "too long"), (128, "too long"),
        (191, "too long"),
    ):  # fmt: skip
        packet = answer(record(bytes((size,)) + b"n" * size + b"\0", A, bytes(4)), HERE)
        if reason:
            assert reason in refusal(packet), size
        else:
            assert read(packet) == FOUND, size
    long = (b"\x3f" + b"n" * 63) * 3
    # Without the root, these names have 253, 254 and 255 octets.
    for last, is_legal in ((60, True), (61, True), (62, False)):
        packet = answer(record(long + bytes((last,)) + b"n" * last + b"\0", A, bytes(4)), HERE)
        if is_legal:
            assert read(packet) == FOUND, last
        else:
            assert refusal(packet) == "name is too long"


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
        assert refusal(answer(record(bytes((0xC0, at)), A, bytes(4)))) == "pointer forwards"


def test_an_address_has_four_numbers_of_up_to_three_digits():
    for text in ("0.0.0.0", "9.99.249.255", "1.1.1.001", "255.255.255.255", "1.0.0.10"):
        assert dns.is_address(text), text
    for text in (
        "0.0.0.256",
        "256.0.0.0",
        "1.300.1.1",
        "1.1.1.999",
        "1.1.1.0001",
        "1.1.1",
        "1",
        "1.1.1.1.1",
        "1.1.1.1.",
        ".1.1.1",
        "1.1..1",
        "1.1.1.+1",
        "1.1.1.x",
        "-1.1.1.1",
    ):
        assert not dns.is_address(text), text


def test_an_answer_is_for_its_name_only():
    assert dns.read_answer(answer(HERE), NAME, ID) == FOUND
    assert dns.read_answer(answer(HERE), NAME + "x", ID) is None
    assert dns.read_answer(answer(HERE), NAME, ID ^ 1) is None
