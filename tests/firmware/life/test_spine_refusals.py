"""Servers that must not be trusted get nothing, and everything arrives later elsewhere."""

import time

from support.boards.listener import Listener
from support.boards.spine import PATH, Spine
from wherry_host.server.certs import Authority

UNTRUSTED = "localhost: The certificate is not correctly signed by the trusted CA"


def sees_rows(spine, count=3):
    """Wait for new rows."""
    since = spine.mark()
    for _ in range(count):
        spine.wait("row ", since=since)
        since = spine.mark()


def delivers_all(spine):
    """Wait until nothing waits, cut the power and settle the account."""
    spine.drained()
    counts = spine.settled()
    assert counts["delivered"] and not counts["set_aside"]


def test_a_bad_certificate_is_refused(tmp_path):
    authority = Authority()
    leaf = authority.leaf(time.time_ns() // 1000, kind="other_authority")
    server = {"authority": authority}
    with (
        Listener(tmp_path, leaf) as listener,
        Spine(tmp_path, port=listener.port, server=server) as spine,
    ):
        spine.start().wait(UNTRUSTED)
        sees_rows(spine)
        spine.wait(UNTRUSTED, since=spine.mark())
        assert listener.connections >= 2 and listener.received == b""
        assert spine.stored() == {}
        spine.mend(listener)
        delivers_all(spine)


def test_a_redirect_is_not_followed(tmp_path):
    with Listener(tmp_path) as elsewhere, Spine(tmp_path) as spine:
        location = f"http://127.0.0.1:{elsewhere.port}{PATH}"
        spine.service.set_faults({"kind": "status", "status": 301, "location": location})
        spine.start()
        spine.wait("harbor: HTTP 301: redirects are refused; put the server's own address")
        sees_rows(spine)
        spine.service.set_faults()
        delivers_all(spine)
        assert (elsewhere.connections, elsewhere.received) == (0, b"")


def test_a_board_without_the_time_keeps_its_key(tmp_path):
    authority = Authority()
    leaf = authority.leaf(time.time_ns() // 1000)
    options = {"server": {"authority": authority}, "board": {"faketime": True}}
    with (
        Listener(tmp_path, leaf) as listener,
        Spine(tmp_path, 5, port=listener.port, **options) as spine,
    ):
        spine.service.sntp_server.switches.dead = True
        spine.start().wait("no time from ")
        sees_rows(spine)
        spine.wait("no time from ", since=spine.mark())
        assert (listener.connections, listener.received) == (0, b"")
        spine.service.sntp_server.switches.dead = False
        spine.mend(listener)
        spine.wait("time: known")
        delivers_all(spine)


def test_a_certificate_is_judged_by_the_board_s_own_clock(tmp_path):
    with Spine(tmp_path, 5, board={"faketime": True}) as spine:
        eleven_years_ms = 11 * 365 * 86_400_000.0
        spine.service.sntp_server.switches.offset_ms = eleven_years_ms
        spine.start().wait("The certificate validity has expired")
        assert spine.requests() == []
