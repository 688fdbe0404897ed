"""What a configuration may say about a Harbor uplink, and how it becomes one address.

Harbor Scale is version 2, Telemetry Harbor, its former name, version 1: they differ in their hosts
and paths only, so an address identifies its version. Addresses as the vendor's pages print them;
the open servers of both versions have no ids.
"""

from wherry.http.head import split_url

OPTIONS = {
    "endpoint": ("url", None),
    "api": ("choice", None, "v1", "v2"),
    "harbor_id": ("name", None, 60, "-_"),
    "tenant": ("name", None, 63, "-"),
    "api_key": ("secrets", ...),
    "mode": ("choice", "auto", "auto", "single", "batch"),
    "ca": ("files", ["auto"]),
    "allow_plain_http": ("bool", False),
}

_CLOUDS = {
    "v2": ("harborscale.com", "/api/v2/ingest/"),
    "v1": ("telemetryharbor.com", "/api/v1/ingest/ingest/"),
}


def settle(options: dict, wrong) -> None:
    """Leave one `endpoint`, the single-point URL without slash, in place of the ways to say it.

    Errors go to `wrong(key, seen, remedy)`. An option reported as wrong before is `...`.
    """
    endpoint = options["endpoint"]
    api, harbor_id, tenant = [options.pop(key) for key in ("api", "harbor_id", "tenant")]
    if endpoint is not None:
        if tenant is not None:
            wrong("tenant", "given beside endpoint", "remove it: endpoint names the server")
        if endpoint is not ...:
            leave = options["allow_plain_http"]
            options["endpoint"] = _settled(endpoint, api, harbor_id, leave, wrong)
    elif harbor_id is None:
        remedy = "give the whole address that the dashboard shows for an ESP32, or harbor_id"
        wrong("endpoint", "missing", remedy)
    elif ... not in (api, harbor_id, tenant):
        host, path = _CLOUDS[api or "v2"]
        host = tenant + ".harbor." + host if tenant else host
        options["endpoint"] = "https://" + host + path + harbor_id


def _settled(url, api, harbor_id, allow_plain_http, wrong):
    """Return the single-point URL of an address in any of its forms; report what is wrong.

    Empty parts of the path go: the vendor prints one with two slashes.
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
        wrong("harbor_id", "given beside endpoint", "keep one of the two")
    for version in _CLOUDS:
        if version in parts and api not in (None, ..., version):
            wrong("api", '"%s"' % api, "remove it: endpoint is an address of " + version)
    return "/".join([start] + parts)


def _fault(url, parts, has_no_id, allow_plain_http):
    """Return what to do about an address that cannot be one, else None."""
    try:
        secure, host, _, _ = split_url(url)
    except ValueError as error:
        return "give the address as the dashboard shows it: %s" % error
    if "?" in url:
        return "give the address without what follows its question mark"
    if not parts:
        return "give the whole address with its path, such as /api/v2/ingest/123"
    if parts[-1].lower() == "ttn":
        return "remove /ttn: that address takes The Things Stack's webhooks only"
    if has_no_id and any(("." + host).endswith("." + cloud) for cloud, _ in _CLOUDS.values()):
        return "add harbor_id, or put the harbor's number after the address: .../ingest/123"
    if not secure and allow_plain_http is False:
        return "write https://, or add allow_plain_http = true: the key then travels readable"
    return None
