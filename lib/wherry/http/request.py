"""A request, as a dialect makes it and the link takes it."""


class Request:
    """What goes to a server; `make_request` makes it.

    headers are pairs (name, value). body_size is in bytes, None without a body. body yields its
    pieces, each valid until the next one. Without methods, for those keep a module in the heap.
    """

    method: str
    url: str
    headers: tuple
    body_size: int | None
    body: object


def make_request(method: str, url: str, headers=(), body_size=None, body=()) -> Request:
    """Return a Request."""
    made = Request()
    made.method = method
    made.url = url
    made.headers = headers
    made.body_size = body_size
    made.body = body
    return made
