"""A node and its servers: each receives only its own key, and a failing one is looked up again."""

from support.boards.spine import Spine
from wherry_host.account.spec.rtc import read_rtc
from wherry_host.server.certs import Authority
from wherry_host.server.dialects.harbor import Account
from wherry_host.server.service import Service
from wherry_host.virtual.registers import Registers

KEYS = ("the-key-of-the-first", "the-key-of-the-second")
LABELS = ("one", "two")


def section(service, label):
    """Return the [[uplink]] section of a server."""
    endpoint = service.endpoint
    own = {"label": label, "endpoint": endpoint, "api_key": service.api_key, "ca": service.ca}
    return {"kind": "harbor", **own}


def test_each_server_receives_its_own_key_over_a_separate_connection(tmp_path):
    authority = Authority()
    with (
        Service(authority=authority, accounts={"harbor": Account(api_key=KEYS[0])}) as first,
        Service(authority=authority, accounts={"harbor": Account(api_key=KEYS[1])}) as second,
    ):
        services = first, second
        uplinks = [section(*each) for each in zip(services, LABELS, strict=True)]
        changes, server = {"uplink": uplinks}, {"authority": authority}
        with Spine(tmp_path, changes=changes, server=server) as spine:
            spine.start()
            since = 0
            for _ in range(3):
                for label in LABELS:
                    spine.wait(f" {label}: delivered", since=since)
                since = spine.mark()
            spine.board.cut()
            assert not [text for _, text in spine.board.lines if "next try" in text]
        for service in services:
            reported = service.store.requests(1000)
            # A wrong key would get a 401.
            assert len(reported) >= 3 and {each["status"] for each in reported} == {202}, reported


def state_of(spine):
    """Return the fields of the state in the board's RTC memory."""
    spine.wait("row ", since=spine.mark())
    return read_rtc(Registers(spine.board.folder / "rtc.bin").memory)[0]


def test_after_a_failure_neither_address_nor_lease_is_trusted(tmp_path):
    with Spine(tmp_path) as spine:
        spine.start().drained()
        state = state_of(spine)
        assert state["server_due"] > 0 and state["lease_due"] > 0
        # The server may have moved, and the network may have given our address to another.
        spine.service.set_faults({"kind": "drop"})
        spine.wait("localhost: .*; next try in")
        spine.service.dns_server.switches.dead = True
        spine.wait("localhost: name server .* does not answer")
        state = state_of(spine)
        assert (state["server_due"], state["lease_due"]) == (0, 0)
        spine.service.dns_server.switches.dead = False
        spine.service.set_faults()
        spine.drained()
