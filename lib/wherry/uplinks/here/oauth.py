"""OAuth 1.0a signatures with HMAC-SHA256 (RFC 5849, RFC 2104), for HERE Tracking's login.

The vendor's OpenAPI description of `POST /v2/token` specifies the method. Loaded for a login.
"""

from binascii import b2a_base64
from hashlib import sha256

from micropython import const

_BLOCK_SIZE = const(64)  # Of SHA-256 (RFC 6234).
_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def authorization(method: str, url: str, key: str, secret: str, nonce: str, s: int) -> str:
    """Return the value of an Authorization header; `s` is Unix time, `url` without a query.

    `nonce` must never be used again with the same key and second.
    """
    signed = (
        ("oauth_consumer_key", key),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", "%d" % s),
        ("oauth_version", "1.0"),
    )
    pairs = ["%s=%s" % (name, encoded(value)) for name, value in signed]
    base = "%s&%s&%s" % (method, encoded(_normal(url)), encoded("&".join(pairs)))
    mac = hmac_sha256((encoded(secret) + "&").encode(), base.encode())
    signature = str(b2a_base64(mac), "ascii").strip()
    parts = ['%s="%s"' % (name, encoded(value)) for name, value in signed]
    return 'OAuth %s,oauth_signature="%s"' % (",".join(parts), encoded(signature))


def encoded(text: str) -> str:
    """Percent-encode all but unreserved characters (RFC 3986, section 2.3)."""
    found = bytearray()
    for octet in text.encode():
        if octet in _UNRESERVED:
            found.append(octet)  # As bytes: one-character strings would be interned.
        else:
            found.extend(b"%%%02X" % octet)
    return str(found, "ascii")


def _normal(url):
    """Return a URL with scheme and host in lower case (RFC 5849, section 3.4.1.2)."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return "%s://%s%s%s" % (scheme.lower(), host.lower(), slash, path)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes of a keyed hash (RFC 2104)."""
    if len(key) > _BLOCK_SIZE:
        key = sha256(key).digest()
    key += bytes(_BLOCK_SIZE - len(key))
    inner = sha256(bytes([octet ^ 0x36 for octet in key]) + message).digest()
    return sha256(bytes([octet ^ 0x5C for octet in key]) + inner).digest()


def uuid4(random: bytes) -> str:
    """Return 16 random bytes as a UUID of version 4 (RFC 9562, section 5.4)."""
    octets = bytearray(random)
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = "".join(["%02x" % octet for octet in octets])
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
