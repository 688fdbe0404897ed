"""HTTP/1.1 as bytes: a request's address and head (RFC 9110, RFC 9112). No I/O.

Loaded before a request is sent.
"""


def prepare(request) -> tuple:
    """Return ((secure, host, port), head) of a Request.

    Raises ValueError as `split_url` and `request_head` do.
    """
    secure, host, port, path = split_url(request.url)
    shown = host if port == (443 if secure else 80) else "%s:%d" % (host, port)
    head = request_head(request.method, shown, path, request.headers, request.body_size)
    return (secure, host, port), head


def split_url(url: str) -> tuple:
    """Return (secure, host, port, path with query); a ValueError states the allowed form.

    The error message never contains the URL, because a URL may contain a password.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    _check(rest, 33, "URL")
    place = rest.partition("/")[0].partition("?")[0]
    path = rest[len(place) :]
    host, colon, port = place.lower().partition(":")
    if not colon:
        port = "80" if scheme == "http" else "443"
    for c in host.encode():
        if c not in b"abcdefghijklmnopqrstuvwxyz0123456789.-_":
            host = ""
    if (
        scheme not in ("http", "https")
        or "" in host.split(".")
        or len(host) > 253
        or not port.isdigit()
        or not 0 < int(port) < 65536
        or "#" in path
    ):
        raise ValueError("URL must be http(s)://host[:port 1-65535][/path], no user, no #fragment")
    return scheme == "https", host, int(port), path if path[:1] == "/" else "/" + path


def request_head(
    method: str, host: str, path: str, headers: tuple, body_size: int | None
) -> bytes:
    """Return the head of a request, including its empty line.

    `host` is the text of the Host header: "name", or "name:port" if the port is not the scheme's
    default. `headers` are pairs (name, value). A body_size of None means no body; GET and HEAD
    then omit Content-Length. A body_size of -1 means chunks. A ValueError names the invalid part,
    without its text.
    """
    _check(method + host + path, 33, "request line")
    # Some servers' firewalls answer 403 to a request without User-Agent.
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host, "User-Agent: wherry"]
    for name, value in headers:
        _check(name, 33, "header")
        _check(value, 32, "header")
        lines.append(name + ": " + value)
    if body_size == -1:
        lines.append("Transfer-Encoding: chunked")
    elif body_size is not None or method not in ("GET", "HEAD"):
        lines.append("Content-Length: %d" % (body_size or 0))
    lines.append("\r\n")
    return "\r\n".join(lines).encode()


def _check(text, lowest, place):
    # As bytes: on the chip every character taken from a str would stay interned.
    for c in text.encode():
        if not lowest <= c < 127:
            raise ValueError(place + " has a space, control or non-ASCII character")
