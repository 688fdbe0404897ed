"""Every base URL on the vendor's pages, used unchanged by a node.

The board's name server resolves every name to this machine, the certificate has them all, and the
ports 80 and 443 belong to two servers, without and with TLS. Only the harbor's number and the
tenant's name are filled in.
"""

import sqlite3
from contextlib import closing

import pytest
from support.boards.spine import API_KEY, Spine
from support.places import ROOT
from support.server.harbor_accounts import with_key
from wherry_host.config import config_file
from wherry_host.server.service import Service

PAGE = ROOT / "docs" / "uplinks" / "harbor.md"
SCALE = 20
V2, V1 = "/api/v2/ingest/1042", "/api/v1/ingest/ingest/1042"
SHARED, TENANT = "https://harborscale.com", "https://acme.harbor.harborscale.com"
OLD_SHARED, OLD_TENANT = "http://telemetryharbor.com", "http://Acme.harbor.telemetryharbor.com"
BASE = "/api/v2/ingest"
# (the node's name, its uplink's own keys, the API, the path of its requests)
# fmt: off
PRINTED = (
    ("shared", {"endpoint": SHARED + V2, "gzip": "on"}, "harbor_v2", V2 + "/batch"),
    ("shared base", {"endpoint": SHARED + BASE, "harbor_id": 1042}, "harbor_v2", V2 + "/batch"),
    ("tenant", {"endpoint": TENANT + V2}, "harbor_v2", V2 + "/batch"),
    ("tenant base", {"endpoint": TENANT + BASE, "harbor_id": 1042, "mode": "single"},
     "harbor_v2", V2),
    ("old", {"endpoint": OLD_SHARED + V1, "mode": "single"}, "harbor_v1", V1),
    ("old batch", {"endpoint": OLD_SHARED + V1 + "/batch", "gzip": "on"},
     "harbor_v1", V1 + "/batch"),
    ("old tenant", {"endpoint": OLD_TENANT + V1, "mode": "single"}, "harbor_v1", V1),
    # Only this printed URL has a double slash.
    ("old tenant batch", {"endpoint": OLD_TENANT + "/" + V1 + "/batch"},
     "harbor_v1", V1 + "/batch"),
    ("old with TLS", {"api": "v1", "harbor_id": 1042, "tenant": "Acme"},
     "harbor_v1", V1 + "/batch"),
)
# fmt: on
NAMES = (
    "harborscale.com",
    "acme.harbor.harborscale.com",
    "telemetryharbor.com",
    "acme.harbor.telemetryharbor.com",
)  # fmt: skip


def is_plain(keys):
    return keys.get("endpoint", "").startswith("http:")


def port_of(service):
    return int(service.url.rpartition(":")[2])


def devices(service):
    """Return {(node's name, API)} of the points that a server has."""
    with closing(sqlite3.connect(service.db)) as db:
        return set(db.execute("SELECT DISTINCT device, api FROM points").fetchall())


def reconfigure(spine, name, keys):
    """Give the board, which is off, another name and another uplink."""
    config = spine.config.raw
    uplink = config["uplink"][0]
    kept = {key: uplink[key] for key in ("kind", "api_key", "ca")}
    leave = {"allow_plain_http": True} if is_plain(keys) else {}
    # Without a mode, a batch of one reading would be sent as a single one.
    uplinks = [{**kept, **leave, "mode": "batch", **keys}]
    spine.reconfigure({**config, "node": {**config["node"], "name": name}, "uplink": uplinks})


@pytest.fixture
def servers(tmp_path):
    """A spine with its secured server, and one without TLS."""
    accounts = with_key(API_KEY)
    uplink = {"kind": "harbor", "harbor_id": "1042", "api_key": API_KEY}
    changes = {
        "node": {"sample_every": "3 s", "send_every": "3 s"},
        "sensor": [{"driver": "battery"}],
        "uplink": [uplink | {"ca": str(tmp_path / "ca.pem")}],
    }
    server = {"accounts": accounts, "names": NAMES}
    with (
        Spine(tmp_path, SCALE, changes, server=server) as spine,
        Service(
            tmp_path / "plain.db", spine.clock.path, plain_http=True, accounts=accounts
        ) as plain,
    ):
        yield spine, plain


def test_every_printed_url_is_served(servers):
    spine, plain = servers
    for i, (name, keys, _, _) in enumerate(PRINTED):
        reconfigure(spine, name, keys)
        since = spine.mark()
        if i:
            spine.board.power_on()
        else:
            spine.start()
            spine.board.map_port(443, port_of(spine.service))
            spine.board.map_port(80, port_of(plain))
        spine.wait(r"harbor: delivered \d+", since=since)
        spine.board.cut()
    for service in (spine.service, plain):
        reported = [entry for entry in PRINTED if is_plain(entry[1]) == (service is plain)]
        assert devices(service) == {(name, api) for name, _, api, _ in reported}
        asked = service.store.requests(1000)
        assert {entry["path"] for entry in asked} == {path for _, _, _, path in reported}
        assert {entry["status"] for entry in asked} <= {200, 202}


def test_the_configuration_of_the_page_is_valid():
    text = PAGE.read_text().partition("```toml\n")[2].partition("```")[0]
    typed = config_file.checked(config_file.parsed("harbor.md", text.encode()))
    assert typed["uplink"][0]["endpoint"] == SHARED + V2
