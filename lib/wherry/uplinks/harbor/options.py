"""The options of a Harbor uplink, and how they become one address.

Harbor Scale is version 2; Telemetry Harbor, its former name, is version 1. They differ only in
hosts and paths, so an address identifies its version. Addresses are as on the vendor's pages; the
open servers of both versions do not use ids.
"""

import json

from wherry.http.head import split_url

#: The channel of a test point.
TRIAL_CHANNEL = "wherry_test"
OPTIONS = {
    "endpoint": ("url", None),
    "api": ("choice", None, "v1", "v2"),
    "harbor_id": ("name", None, 60, "-_"),
    "tenant": ("name", None, 63, "-"),
    "api_key": ("secrets", ...),
    "mode": ("choice", "auto", "auto", "single", "batch"),
    "gzip": ("choice", "auto", "auto", "on", "off"),
    "ca": ("files", ["auto"]),
    "allow_plain_http": ("bool", False),
}

_CLOUDS = {
    "v2": ("harborscale.com", "/api/v2/ingest/"),
    "v1": ("telemetryharbor.com", "/api/v1/ingest/ingest/"),
}


def complete(options: dict, wrong) -> None:
    """Reduce the address options to `endpoint`, the single-point URL without a trailing slash.

    `gzip` becomes True, or is removed; `gzip_trial` is added if it is only tried. Errors go to
    `wrong(key, seen, remedy)`. An option already reported as wrong is `...`.
    """
    endpoint = options["endpoint"]
    api, harbor_id, tenant = [options.pop(key) for key in ("api", "harbor_id", "tenant")]
    if endpoint is not None:
        if tenant is not None:
            wrong("tenant", "given together with endpoint", "remove it: endpoint names the server")
        if endpoint is not ...:
            leave = options["allow_plain_http"]
            options["endpoint"] = _settled(endpoint, api, harbor_id, leave, wrong)
    elif harbor_id is None:
        remedy = "give the full address that the dashboard shows for an ESP32, or harbor_id"
        wrong("endpoint", "missing", remedy)
    elif ... not in (api, harbor_id, tenant):
        host, path = _CLOUDS[api or "v2"]
        host = tenant + ".harbor." + host if tenant else host
        options["endpoint"] = "https://" + host + path + harbor_id
    wanted = options.pop("gzip", None)
    if wanted in ("auto", "on"):
        options["gzip"] = True
    if wanted == "auto" and not _is_open(options["endpoint"]):
        options["gzip_trial"] = True


def trial(options: dict, name: str, time: str) -> tuple:
    """Return the request (method, URL, headers, body) of a test point of a node; see __init__."""
    head = (("X-API-Key", _first(options["api_key"])), ("Content-Type", "application/json"))
    point = {"time": time, "ship_id": name, "cargo_id": TRIAL_CHANNEL, "value": 1}
    return "POST", options["endpoint"], head, json.dumps(point).encode()


def _first(key):
    return key[0] if type(key) is list else key


def _is_open(endpoint):
    """Return True for the address of an open server, which takes gzip, without an id."""
    path = "" if endpoint in (None, ...) else endpoint.lower()
    return path[-14:] in ("/api/v2/ingest", "/api/v1/ingest")


def _settled(url, api, harbor_id, allow_plain_http, wrong):
    """Return the single-point URL for an address in any of its forms; report errors.

    Empty parts of the path are removed: the vendor prints an address with two slashes.
    """
    parts = url.split("/")
    start, parts = "/".join(parts[:3]), [part for part in parts[3:] if part]
    if parts and parts[-1].lower() == "batch":
        parts.pop()
    is_base = bool(parts) and parts[-1].lower() == "ingest"
    fault = _fault(url, parts, is_base and harbor_id is None, allow_plain_http)
    if fault:
        from wherry.config.messages import shown

        wrong("endpoint", shown("url", url), fault)
    elif is_base and harbor_id is not None:
        if harbor_id is not ...:
            parts.append(harbor_id)
    elif harbor_id is not None:
        wrong("harbor_id", "given together with endpoint", "keep one of the two")
    for version in _CLOUDS:
        if version in parts and api not in (None, ..., version):
            wrong("api", '"%s"' % api, "remove it: endpoint is an address of " + version)
    return "/".join([start] + parts)


def _fault(url, parts, has_no_id, allow_plain_http):
    """Return the remedy for an invalid address, or None."""
    try:
        secure, host, _, _ = split_url(url)
    except ValueError as error:
        return "give the address as the dashboard shows it: %s" % error
    if "?" in url:
        return "remove the question mark and the text after it"
    if not parts:
        return "give the full address with its path, such as /api/v2/ingest/123"
    if parts[-1].lower() == "ttn":
        return "remove /ttn: that address takes The Things Stack's webhooks only"
    if has_no_id and any(("." + host).endswith("." + cloud) for cloud, _ in _CLOUDS.values()):
        return "add harbor_id, or put the harbor's number after the address: .../ingest/123"
    if not secure and allow_plain_http is False:
        return "write https://, or add allow_plain_http = true: the key is then sent unencrypted"
    return None
