"""Harbor's addresses: all that the vendor prints, every way to configure one, and faults."""

from support.node.check import raises
from support.uplinks.harbor_rig import ENV, HarborRig, settings_of
from wherry.config.check import ConfigError
from wherry.http.head import prepare
from wherry.uplinks.harbor import dialect as harbor
from wherry.uplinks.harbor import options

OPEN = "http://10.0.0.2:8080"
SHARED = "https://harborscale.com/api/v2/ingest"
TENANT = "https://acme.harbor.harborscale.com/api/v2/ingest"
OLD_SHARED = "http://telemetryharbor.com/api/v1/ingest/ingest/1042"
OLD_TENANT = "http://Acme.harbor.telemetryharbor.com/api/v1/ingest/ingest/1042"
OLD_SLIP = "http://Acme.harbor.telemetryharbor.com//api/v1/ingest/ingest/1042/batch"
V2, V1 = "/api/v2/ingest/1042", "/api/v1/ingest/ingest/1042"

# (configured keys, Host of the requests, path of the single request)
ADDRESSES = (
    # Configured by ids: https with either version.
    ({"harbor_id": 1042}, "harborscale.com", V2),
    ({"api": "v2", "harbor_id": "1042"}, "harborscale.com", V2),
    ({"harbor_id": "1042", "tenant": "acme"}, "acme.harbor.harborscale.com", V2),
    ({"api": "v1", "harbor_id": "1042"}, "telemetryharbor.com", V1),
    ({"api": "v1", "harbor_id": 1042, "tenant": "Acme"}, "acme.harbor.telemetryharbor.com", V1),
    # As printed by the vendor: bases, whole addresses, and addresses of batches.
    ({"endpoint": SHARED, "harbor_id": 1042}, "harborscale.com", V2),
    ({"endpoint": TENANT, "harbor_id": 1042}, "acme.harbor.harborscale.com", V2),
    ({"endpoint": SHARED + "/1042"}, "harborscale.com", V2),
    ({"endpoint": SHARED + "/1042/batch"}, "harborscale.com", V2),
    ({"endpoint": TENANT + "/1042"}, "acme.harbor.harborscale.com", V2),
    ({"endpoint": TENANT + "/1042/batch"}, "acme.harbor.harborscale.com", V2),
    ({"endpoint": OLD_SHARED}, "telemetryharbor.com", V1),
    ({"endpoint": OLD_SHARED + "/batch"}, "telemetryharbor.com", V1),
    ({"endpoint": OLD_TENANT}, "acme.harbor.telemetryharbor.com", V1),
    ({"endpoint": OLD_SLIP}, "acme.harbor.telemetryharbor.com", V1),
    # The open-source servers, which use no ids, with either version configured.
    ({"endpoint": OPEN + "/api/v2/ingest"}, "10.0.0.2:8080", "/api/v2/ingest"),
    ({"endpoint": OPEN + "/api/v2/ingest/batch"}, "10.0.0.2:8080", "/api/v2/ingest"),
    ({"endpoint": OPEN + "/api/v1/ingest", "api": "v1"}, "10.0.0.2:8080", "/api/v1/ingest"),
    ({"endpoint": OPEN + "/api/v1/ingest/batch"}, "10.0.0.2:8080", "/api/v1/ingest"),
    # As pasted from a clipboard.
    ({"endpoint": " " + SHARED + "/1042/ "}, "harborscale.com", V2),
    ({"endpoint": SHARED + "/1042//batch/"}, "harborscale.com", V2),
    ({"endpoint": "HTTPS://HarborScale.com/api/v2/ingest/1042"}, "harborscale.com", V2),
    ({"endpoint": OLD_SLIP + "/"}, "acme.harbor.telemetryharbor.com", V1),
    ({"endpoint": "https" + OLD_SLIP[4:]}, "acme.harbor.telemetryharbor.com", V1),
)


def heads(settings):
    """Return the two requests' (secure, port, request line, Host): single, batch."""
    found = []
    for mode in ("single", "batch"):
        rig = HarborRig(1, ENV[:1], mode=mode)
        settings["mode"] = mode
        request = harbor.next_request(settings, None, rig.upload.batch)
        (secure, _, port), head = prepare(request)
        lines = head.decode().split("\r\n")
        assert "X-API-Key: key-1" in lines and "Content-Type: application/json" in lines
        found.append((secure, port, lines[0], lines[1]))
    return found


def test_every_printed_address_leads_to_its_requests():
    for keys, host, path in ADDRESSES:
        plain = keys.get("endpoint", "")[:5] == "http:"
        settings = settings_of(allow_plain_http=True, **keys)
        port = 8080 if host[-5:] == ":8080" else 80 if plain else 443
        line, host = "POST %s%s HTTP/1.1", "Host: " + host
        expected = [(not plain, port, line % (path, end), host) for end in ("", "/batch")]
        assert heads(settings) == expected, (keys, heads(settings), expected)


def test_a_printed_http_address_is_accepted_only_if_allowed():
    reported = "write https://, or add allow_plain_http = true: the key is then sent unencrypted"
    for keys, _, _ in ADDRESSES:
        url = keys.get("endpoint", "")
        if url[:5] == "http:":
            error = raises(ConfigError, lambda keys=keys: settings_of(**keys))
            line = '[[uplink]] 1: endpoint: "%s"; %s' % (url, reported)
            assert str(error) == line, str(error)
        else:
            settings_of(**keys)


def test_placeholders_are_refused():
    for keys in (
        {"endpoint": "http://telemetryharbor.com/api/v1/ingest/ingest/harbor_id"},
        {"endpoint": "http://CustomName.harbor.telemetryharbor.com//api/v1/ingest/ingest/7/batch"},
        {"endpoint": "https://[YOUR_TENANT].harbor.harborscale.com/api/v2/ingest/7"},
        {"endpoint": "https://harborscale.com/api/v2/ingest/YOUR_HARBOR_ID"},
        {"harbor_id": "harbor_id"}, {"harbor_id": "7", "tenant": "CustomName"},
        {"harbor_id": "7", "api_key": "your_api_key"},
    ):  # fmt: skip
        error = raises(ConfigError, lambda keys=keys: settings_of(allow_plain_http=True, **keys))
        assert str(error).endswith("replace this placeholder with your own value"), keys


# The options


def settled(**changes):
    """Return (the resulting address, the reported keys, the reported errors)."""
    raw = {"endpoint": None, "api": None, "harbor_id": None, "tenant": None,
           "allow_plain_http": False}  # fmt: skip
    raw.update(changes)
    wrong = []
    options.complete(raw, lambda key, seen, remedy: wrong.append((key, seen, remedy)))
    assert sorted(raw) == ["allow_plain_http", "endpoint"]
    return raw["endpoint"], [entry[0] for entry in wrong], wrong


AT_V2, AT_V1 = (
    "https://harborscale.com/api/v2/ingest",
    "https://telemetryharbor.com/api/v1/ingest/ingest",
)
OPEN_BASE = "https://10.0.0.2/api/v2/ingest"
HTTP = "http://10.0.0.2/api/v2/ingest/7"
SETTLED = (
    ({}, None, ["endpoint"]), ({"tenant": "a"}, None, ["endpoint"]),
    # An error that was reported before is not reported again.
    ({"harbor_id": ...}, None, []), ({"harbor_id": "7", "api": ...}, None, []),
    ({"harbor_id": "7", "tenant": ...}, None, []), ({"endpoint": ...}, ..., []),
    ({"endpoint": ..., "tenant": "a"}, ..., ["tenant"]),
    # The address is given by `endpoint`.
    ({"endpoint": AT_V2[:-6] + "INGEST", "harbor_id": "7"}, AT_V2[:-6] + "INGEST/7", []),
    ({"endpoint": AT_V2}, AT_V2, ["endpoint"]), ({"endpoint": AT_V1}, AT_V1, ["endpoint"]),
    ({"endpoint": "https://a.harbor." + AT_V2[8:]}, "https://a.harbor." + AT_V2[8:], ["endpoint"]),
    ({"endpoint": "https://not" + AT_V2[8:]}, "https://not" + AT_V2[8:], []),
    ({"endpoint": OPEN_BASE, "harbor_id": "7"}, OPEN_BASE + "/7", []),
    ({"endpoint": AT_V2 + "/7", "harbor_id": "7"}, AT_V2 + "/7", ["harbor_id"]),
    ({"endpoint": AT_V2 + "/7", "tenant": "a"}, AT_V2 + "/7", ["tenant"]),
    # The version is given as well.
    ({"endpoint": AT_V2 + "/7", "api": "v2"}, AT_V2 + "/7", []),
    ({"endpoint": AT_V2 + "/7", "api": "v1"}, AT_V2 + "/7", ["api"]),
    ({"endpoint": AT_V1 + "/7", "api": "v2"}, AT_V1 + "/7", ["api"]),
    ({"endpoint": "https://x.test/ingest/7", "api": "v2"}, "https://x.test/ingest/7", []),
    # The address is invalid.
    ({"endpoint": "https://x.test"}, "https://x.test", ["endpoint"]),
    ({"endpoint": "https://x.test/batch"}, "https://x.test", ["endpoint"]),
    ({"endpoint": AT_V2 + "/7?a=b"}, AT_V2 + "/7?a=b", ["endpoint"]),
    ({"endpoint": AT_V2 + "/7/ttn"}, AT_V2 + "/7/ttn", ["endpoint"]),
    ({"endpoint": "x.test/1/2/3"}, "x.test/1/2/3", ["endpoint"]),
    ({"endpoint": HTTP}, HTTP, ["endpoint"]),
)  # fmt: skip


def test_options_that_contradict_each_other_are_reported():
    for changes, endpoint, keys in SETTLED:
        found = settled(**changes)
        assert found[:2] == (endpoint, keys), (changes, found)


def test_an_invalid_address_has_its_remedy():
    for url, words in (
        ("https://x.test", "give the full address with its path"),
        (AT_V2 + "/7?a=b", "remove the question mark"), (AT_V2 + "/7/ttn", "remove /ttn"),
        (AT_V2, "add harbor_id"), (HTTP, "write https://"),
        ("x", "as the dashboard shows it: URL"),
    ):  # fmt: skip
        ((key, seen, remedy),) = settled(endpoint=url)[2]
        assert key == "endpoint" and words in remedy and seen[0] == '"', (url, remedy)
    assert settled(endpoint=AT_V2 + "/7", api="v1")[2] == [
        ("api", '"v1"', "remove it: endpoint is an address of v2")
    ]
