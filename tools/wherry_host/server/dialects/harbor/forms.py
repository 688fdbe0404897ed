"""Check multipart forms as the official server's framework does before any handler runs.

Sources: Fiber 2.52.9 and fasthttp 1.51.0, with which both versions of that server are built.
"""

KIND = "multipart/form-data"
NO_BOUNDARY = f"request Content-Type has bad boundary or is not {KIND}"
_NO_PART = f"cannot read {KIND} body: multipart: NextPart: EOF"


def fault(headers, body):
    """Return why a body is not the form that its Content-Type names, or None if it is.

    The framework checks only a body of known length that is not compressed.
    """
    boundary = boundary_of(headers.get("content-type", ""))
    if not boundary or not body:
        return None
    if "content-encoding" in headers or "content-length" not in headers:
        return None
    line = b"--" + boundary.encode("latin-1")
    lines = (each.rstrip(b" \t\r") for each in body.split(b"\n"))
    return None if any(each in (line, line + b"--") for each in lines) else _NO_PART


def boundary_of(content_type):
    """Return the boundary in a Content-Type, or "" for another type or without a boundary."""
    kind, _, options = content_type.partition(";")
    for option in options.split(";") if kind == KIND else ():
        name, _, value = option.lstrip(" ").partition("=")
        if name.startswith("boundary"):
            return _unquoted(value) if name == "boundary" else ""
    return ""


def _unquoted(text):
    is_quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return text[1:-1] if is_quoted else text
