"""Tells whether the body of an answer is a web page. Loaded on demand."""


def is_page(response) -> bool:
    """Return whether a body is HTML or XML, or is HTML by its type and not an object of JSON."""
    start = bytes(response.body[:64]).strip(b"\xef\xbb\xbf \t\r\n")[:1]
    kind = response.headers.get("content-type", "").lower()
    return start == b"<" or (start != b"{" and "html" in kind)
