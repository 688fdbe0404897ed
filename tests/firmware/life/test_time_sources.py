"""A node behind a firewall that passes TCP 80 and 443 only: the time comes from its server."""

from contextlib import contextmanager

from support.boards.spine import Spine
from wherry_host.server.service import Service

_PLAIN_PORT, _SNTP_PORT = 80, 123
# A Date has whole seconds, and a request takes up to a second at the rig's speed.
_ERROR_US_MAX = 3_000_000


@contextmanager
def behind_a_firewall(folder, **server):
    """Yield a Spine without a time server, started, and the plain port of its server."""
    with (
        Spine(folder, server=server) as spine,
        Service(plain_http=True, clock_file=spine.clock.path) as door,
    ):
        spine.board.options.ports |= {_SNTP_PORT: 0, _PLAIN_PORT: door.proxy.port}
        spine.start()
        spine.wait("no time from time.cloudflare.com: no answer; next try")
        yield spine, door


def test_a_node_without_a_time_server_takes_the_date_of_its_server(tmp_path):
    with behind_a_firewall(tmp_path) as (spine, door):
        spine.wait("time: from the server's date")
        spine.drained()
        spine.board.cut()
        (asked,) = door.store.requests(10)
        assert (asked["method"], asked["path"], asked["body"]) == ("HEAD", "/", ""), asked
        # Rows from before the time was known have correct stamps, too.
        rows_us = [time_us for time_us, _, count in spine.rows() if count == 4]
        stamps_us = sorted(us for channel, us in spine.stored() if channel == "temperature")
        assert len(stamps_us) > 30
        for row_us, stamp_us in zip(rows_us, stamps_us, strict=False):
            assert abs(row_us - stamp_us) < _ERROR_US_MAX, (row_us, stamp_us)


def test_nothing_is_sent_to_a_server_whose_certificate_is_not_valid_at_its_date(tmp_path):
    with behind_a_firewall(tmp_path, certificate="expired") as (spine, door):
        for _ in range(2):
            spine.wait("localhost: The certificate validity has expired", since=spine.mark())
        spine.board.cut()
        assert door.store.requests(10) and not spine.requests()
        assert not [text for _, text in spine.board.lines if "time: known" in text]
