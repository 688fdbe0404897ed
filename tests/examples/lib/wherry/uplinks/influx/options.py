"""The options of an InfluxDB uplink, and how they become one address."""

from wherry.http.head import split_url

OPTIONS = {
    "endpoint": ("url", ...),
    "database": ("name", ..., 60, "-_"),
    "token": ("secret", ...),
    "ca": ("files", ["auto"]),
    "allow_plain_http": ("bool", False),
}


def complete(options: dict, wrong) -> None:
    """Make `endpoint` the address of the write request.

    Errors go to `wrong(key, seen, remedy)`. An option already reported as wrong is `...`.
    """
    endpoint, database = options["endpoint"], options.pop("database")
    if ... in (endpoint, database):
        return
    fault = _fault(endpoint, options["allow_plain_http"])
    if fault:
        from wherry.config.messages import shown

        wrong("endpoint", shown("url", endpoint), fault)
    options["endpoint"] = "%s/write?db=%s&precision=ms" % (endpoint.rstrip("/"), database)


def _fault(endpoint, allow_plain_http):
    """Return the remedy for an invalid address, or None."""
    try:
        secure, _, _, path = split_url(endpoint)
    except ValueError as error:
        return "give the server's address: %s" % error
    if path != "/":
        return "give the server only, such as https://influx.example:8086"
    if not secure and allow_plain_http is False:
        return "write https://, or add allow_plain_http = true: the token is then sent unencrypted"
    return None
