"""The text of `wherry server` and `wherry demo` for boards and phones in the network."""

from urllib.parse import urlsplit

from wherry_host.config.toml_text import toml_text
from wherry_host.server.dialects import tables

# The white cells around a QR code, which some cameras need.
_QUIET_ZONE = 2


def section(service, ca):
    """Return the [[uplink]] section with which a node delivers to a Service, as TOML.

    `ca` is the path of the certificate, or None for plain http.
    """
    found = tables()["harbor"].section(service.summary()["harbor"], ())
    found |= {"ca": ca} if ca else {"allow_plain_http": True}
    return toml_text({"uplink": [found]})


def introduction(service, ca, is_kept):
    """Return the user's next steps in a Service's network; `is_kept` is true with a database."""
    parts = ["A node of this network delivers with this section in its node.toml:\n"]
    parts.append(section(service, ca))
    if not is_kept:
        parts.append("The key and the certificate last until the server stops; --db keeps them.\n")
    if service.page_url:
        parts.append(page_code(service))
    parts.append(firewall(service))
    return "\n".join(parts)


def page_code(service):
    """Return the address of a Service's page as a QR code for a phone."""
    from io import StringIO

    import segno

    text = StringIO()
    code = segno.make(service.page_url, micro=False)
    code.terminal(text, compact=True, border=_QUIET_ZONE)
    return f"The page, for the camera of a phone:\n{text.getvalue()}"


def firewall(service):
    """Return the remedy if a Service cannot be reached from the network."""
    ports = [str(urlsplit(url).port) for url in (service.url, service.page_url) if url]
    named = f"port{'s' * (len(ports) > 1)} {' and '.join(ports)}"
    return f"If a board or a phone cannot connect, allow TCP {named} in this computer's firewall."
