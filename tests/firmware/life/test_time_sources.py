"""The time from other sources than a time server: the date of a server, and a DS3231."""

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


def test_after_a_loss_of_power_a_ds3231_gives_the_time_without_a_network(tmp_path):
    devices = [
        {"kind": "bme280", "address": 0x76},
        {"kind": "battery", "pin": 34},
        {"kind": "ds3231"},
    ]
    changes = {"time": {"ds3231": "i2c0"}}
    with Spine(tmp_path, changes=changes, board={"devices": devices}) as spine:
        spine.start()
        spine.drained()
        spine.service.sntp_server.switches.dead = True
        spine.board.cut()
        since = spine.mark()
        spine.board.power_on()
        spine.wait(r"time: from the DS3231, within \d{3,4} ms", since=since)
        spine.drained()
        lines = [text for _, text in spine.board.lines[since:]]
        assert [text for text in lines if "no time from" in text]
        assert not [text for text in lines if "from the server's date" in text]
        spine.settled()
