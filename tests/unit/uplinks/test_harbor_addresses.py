"""Every address that the vendor's pages print, of both versions, and the resulting requests."""

from support.node.check import raises
from support.uplinks.harbor_rig import ENV, HarborRig, settings_of
from wherry.config.check import ConfigError
from wherry.http.head import prepare
from wherry.uplinks.harbor import dialect as harbor

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
