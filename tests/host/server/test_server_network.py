"""The time and name servers, byte by byte from RFC 5905 and RFC 1035, and their switches."""

import socket
import struct
import time

import pytest
from support.server.admin_client import admin_client
from wherry_host.clock import VirtualClock
from wherry_host.server.dns import DnsServer
from wherry_host.server.service import Service
from wherry_host.server.sntp import timestamp

SECOND_US = 1_000_000
TRUE_US = 1_900_000_000 * SECOND_US
NTP_EPOCH_S = 2_208_988_800


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    path = tmp_path_factory.mktemp("clock") / "clock"
    VirtualClock.create(path, scale=1.0, true_us=TRUE_US)
    with Service(plain_http=True, clock_file=path) as running:
        yield running


def ask(address, request, timeout_s=10):
    host, port = address.rsplit(":", 1)
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout_s)
        sock.sendto(request, (host, int(port)))
        return sock.recv(1024)


def ask_time(service, timeout_s=10):
    return ask(service.sntp, bytes([0x23]) + bytes(39) + b"originTS", timeout_s)


def switch(service, name, **switches):
    with admin_client(service) as client:
        client.put(f"{service.admin_url}/{name}", json=switches).raise_for_status()


def unix_us(packet, offset):
    seconds, fraction = struct.unpack_from(">II", packet, offset)
    return (seconds - NTP_EPOCH_S) * SECOND_US + (fraction * SECOND_US >> 32)


def test_time_packet(service):
    switch(service, "sntp")
    packet = ask_time(service)
    assert len(packet) == 48
    assert packet[:2] == bytes([0x24, 2])
    assert packet[24:32] == b"originTS"
    for offset in (32, 40):
        assert abs(unix_us(packet, offset) - service.clock.now_us()) < SECOND_US
    assert TRUE_US < unix_us(packet, 40) < TRUE_US + 60 * SECOND_US


def test_timestamps_keep_every_microsecond_and_wrap_in_2036():
    for now_us in (TRUE_US + 1, TRUE_US + 999_999, 2_085_978_496 * SECOND_US + 7):
        stamp = timestamp(now_us)
        assert ((stamp & 0xFFFFFFFF) * SECOND_US >> 32) == now_us % SECOND_US
        assert stamp >> 32 == (now_us // SECOND_US + NTP_EPOCH_S) % 2**32


def test_time_server_may_be_wrong_in_every_way(service):
    switch(service, "sntp", kiss="RATE")
    packet = ask_time(service)
    assert (packet[0] >> 6, packet[1], packet[12:16]) == (3, 0, b"RATE")
    switch(service, "sntp", wrong_origin=True)
    assert ask_time(service)[24:32] != b"originTS"
    switch(service, "sntp", unsynchronised=True, stratum=16)
    packet = ask_time(service)
    assert (packet[0] >> 6, packet[1]) == (3, 16)
    switch(service, "sntp", stratum=0)
    assert ask_time(service)[1] == 0
    switch(service, "sntp", offset_ms=-3_600_000)
    late_us = service.clock.now_us() - unix_us(ask_time(service), 40)
    assert abs(late_us - 3600 * SECOND_US) < SECOND_US
    switch(service, "sntp", dead=True)
    with pytest.raises(TimeoutError):
        ask_time(service, 0.1)


def test_delays_in_and_out_are_distinguished(service):
    for switches, stamped_late in (({"delay_in_ms": 800}, True), ({"delay_out_ms": 800}, False)):
        switch(service, "sntp", **switches)
        sent_us = service.clock.now_us()
        packet = ask_time(service)
        assert service.clock.now_us() - sent_us > 750_000
        assert (unix_us(packet, 32) - sent_us > 600_000) is stamped_late


def test_delays_run_in_true_time(tmp_path):
    path = tmp_path / "clock"
    VirtualClock.create(path, scale=20.0, true_us=TRUE_US)
    with Service(plain_http=True, clock_file=path) as service:
        switch(service, "sntp", delay_in_ms=5000)
        started = time.monotonic()
        ask_time(service)
        assert 0.24 < time.monotonic() - started < 4


def test_only_client_packets_are_answered(service):
    switch(service, "sntp")
    for request in (b"", bytes(47), bytes([0x24]) + bytes(47)):
        with pytest.raises(TimeoutError):
            ask(service.sntp, request, 0.1)


def test_unknown_switch_is_refused(service):
    with admin_client(service) as client:
        for name, wrong in (("sntp", {"deaf": True}), ("dns", {"aliases": -1})):
            assert client.put(f"{service.admin_url}/{name}", json=wrong).status_code == 422


def query(name, kind=1, query_id=0x1234):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return (
        struct.pack(">HHHHHH", query_id, 0x0100, 1, 0, 0, 0)
        + labels
        + struct.pack(">BHH", 0, kind, 1)
    )


def test_every_name_is_this_machine(service):
    switch(service, "dns")
    for name in ("localhost", "harbor.test", "my-tenant.harbor.harborscale.com", "A.b"):
        request = query(name)
        reply = ask(service.dns, request)
        assert reply[:12] == struct.pack(">HHHHHH", 0x1234, 0x8180, 1, 1, 0, 0)
        assert reply[12 : len(request)] == request[12:]
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes([127, 0, 0, 1])
        assert reply[len(request) :] == record


def test_other_types_have_no_answer(service):
    switch(service, "dns")
    assert ask(service.dns, query("localhost", kind=28))[2:8] == b"\x81\x80\0\1\0\0"


def test_name_server_may_be_wrong_in_every_way(service):
    switch(service, "dns", nxdomain=True)
    assert ask(service.dns, query("a.b"))[3] & 15 == 3
    switch(service, "dns", wrong_id=True)
    assert ask(service.dns, query("a.b"))[:2] != b"\x12\x34"
    switch(service, "dns", truncated=True)
    reply = ask(service.dns, query("a.b"))
    assert reply[2] & 2 and reply[6:8] == b"\0\0"
    switch(service, "dns", aliases=3)
    reply = ask(service.dns, query("a.b"))
    assert reply[6:8] == b"\0\4"
    assert reply.endswith(bytes([127, 0, 0, 1])) and reply.count(b"alias2") == 2
    switch(service, "dns", dead=True)
    with pytest.raises(TimeoutError):
        ask(service.dns, query("a.b"), 0.1)


def test_a_packet_that_is_not_a_query_gets_no_answer():
    server = DnsServer({"known.test": "127.0.0.9", "gone.test": None})
    for packet in (b"", bytes(11), query("a")[:-3], query("a")[:12] + b"\xc0\x0c\0\1\0\1"):
        assert server.reply(packet) is None, packet
    assert server.reply(query("KNOWN.test")).endswith(bytes([127, 0, 0, 9]))
    assert server.reply(query("gone.test"))[3] & 15 == 3
    server.stop()
