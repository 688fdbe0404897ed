"""Servers that must not be trusted get nothing, and everything arrives later elsewhere."""

import time

import pytest
from support.boards.listener import Listener
from support.boards.spine import PATH, Spine
from wherry_host.server.certs import Authority

# The server's certificate (a kind of certs.KINDS), and the console's text about it.
REFUSED = (
    ("wrong_name", "localhost: The certificate Common Name .CN. does not match"),
    ("other_authority", "localhost: The certificate is not correctly signed by the trusted CA"),
    ("expired", "localhost: The certificate validity has expired"),
    ("not_yet_valid", "localhost: The certificate validity starts in the future"),
)


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


@pytest.mark.parametrize(("kind", "words"), REFUSED)
def test_a_bad_certificate_is_refused(tmp_path, kind, words):
    authority = Authority()
    leaf = authority.leaf(time.time_ns() // 1000, kind=kind)
    server = {"authority": authority}
    with (
        Listener(tmp_path, leaf) as listener,
        Spine(tmp_path, port=listener.port, server=server) as spine,
    ):
        spine.start().wait(words)
        sees_rows(spine)
        spine.wait(words, since=spine.mark())
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
        spine.start().wait("no time from pool.ntp.org")
        sees_rows(spine)
        spine.wait("no time from pool.ntp.org", since=spine.mark())
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
