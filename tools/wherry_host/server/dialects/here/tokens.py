"""HERE Tracking's login: OAuth 1.0a signatures (HMAC-SHA256) in, bearer tokens out.

The signature may be over any form of the token URL that a client may have called: the public form,
or the scheme and host as received. A nonce is valid for one login in its second.
"""

import hashlib
import hmac
import re
import secrets
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote, unquote

CLOCK_OFF_MAX_S = 10
_PARAMETER = re.compile(r"""\s*([A-Za-z_]+)\s*=\s*["']([^"']*)["']\s*(?:,|$)""")
_SIGNED = ("consumer_key", "nonce", "signature_method", "timestamp", "version")
# The vendor's description prints it with an underscore, but its clients send a hyphen.
_METHODS = ("HMAC-SHA256", "HMAC_SHA256")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass
class HereDevice:
    """A licence (the secret), the id of the tracked thing, and whether it has been claimed."""

    secret: str
    tracking_id: str
    claimed: bool = True


class LoginError(Exception):
    """A refused login; `kind` is malformed, license, signature, clock or claim."""

    def __init__(self, kind):
        super().__init__(kind)
        self.kind = kind


def encoded(text):
    """Return a percent-encoded string; only unreserved characters stay (RFC 3986, section 2.3)."""
    return quote(text, safe="-._~")


def signature(method, url, parameters, secret):
    """Return the base64 signature of a request (RFC 5849, section 3.4, with SHA-256).

    `url` has no query. Its scheme and host are converted to lower case; a default port is ignored.
    """
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    scheme = scheme.lower()
    host = host.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    url = f"{scheme}://{host}{slash}{path}"
    pairs = sorted((encoded(name), encoded(value)) for name, value in parameters.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method, encoded(url), encoded(joined)))
    key = (encoded(secret) + "&").encode()
    return b64encode(hmac.new(key, base.encode(), hashlib.sha256).digest()).decode()


def parse_header(header):
    """Return {name: value} of an `OAuth` header, or raise LoginError."""
    kind, _, text = header.partition(" ")
    at = 0
    parameters = {}
    while kind == "OAuth" and at < len(text):
        match = _PARAMETER.match(text, at)
        if not match or match[1] in parameters:
            raise LoginError("malformed")
        parameters[match[1]] = unquote(match[2])
        at = match.end()
    return parameters


class Tokens:
    """Logins of `devices` ({device id: HereDevice}) and their tokens, valid for `lifetime_s`."""

    def __init__(self, devices, public_url, lifetime_s):
        self.devices = devices
        self.lifetime_s = lifetime_s
        self._public_url = public_url
        self._nonces = {}
        self._tokens = {}

    def log_in(self, header, urls, now_us):
        """Return a new token for an `Authorization` header; `urls` are forms of the called URL.

        Raises LoginError.
        """
        parameters = parse_header(header)
        device_id = self._check(parameters, urls, now_us // 1_000_000)
        self._tokens = {each: known for each, known in self._tokens.items() if now_us < known[1]}
        token = f"h1.{secrets.token_urlsafe(48)}"
        self._tokens[token] = device_id, now_us + self.lifetime_s * 1_000_000
        return token

    def device_of(self, header, now_us):
        """Return the device id of a bearer token, or None if it is unknown, revoked or expired."""
        token = header.removeprefix("Bearer ")
        device_id, end_us = self._tokens.get(token, (None, 0))
        return device_id if now_us < end_us else None

    def sender(self, header):
        """Return the device id that a header names, by a login or a token, even an expired one.

        Return None if the header names none. The id proves nothing: the signature is not checked.
        """
        token = header.removeprefix("Bearer ")
        if token in self._tokens:
            return self._tokens[token][0]
        try:
            return parse_header(header).get("oauth_consumer_key")
        except LoginError:
            return None

    def revoke(self, device_id):
        """Revoke all tokens of a device."""
        self._tokens = {
            token: known for token, known in self._tokens.items() if known[0] != device_id
        }

    def _check(self, parameters, urls, now_s):
        signed = {f"oauth_{name}": parameters.get(f"oauth_{name}", "") for name in _SIGNED}
        given = parameters.get("oauth_signature", "")
        stamp = signed["oauth_timestamp"]
        right = all(signed.values()) and given and stamp.isdecimal() and len(stamp) < 15
        if not right or signed["oauth_signature_method"] not in _METHODS:
            raise LoginError("malformed")
        device_id = signed["oauth_consumer_key"]
        device = self.devices.get(device_id)
        if device is None:
            raise LoginError("license")
        forms = (
            signature("POST", url, signed, device.secret) for url in (self._public_url, *urls)
        )
        # The strings are encoded because compare_digest accepts only ASCII strings.
        if not any(hmac.compare_digest(form.encode(), given.encode()) for form in forms):
            raise LoginError("signature")
        if abs(int(stamp) - now_s) > CLOCK_OFF_MAX_S:
            raise LoginError("clock")
        self._use_nonce((device_id, signed["oauth_nonce"], stamp), now_s)
        if not device.claimed:
            raise LoginError("claim")
        return device_id

    def _use_nonce(self, nonce, now_s):
        if nonce in self._nonces:
            raise LoginError("signature")
        # After the window, the clock check refuses a repetition.
        old_s = now_s - 2 * CLOCK_OFF_MAX_S
        self._nonces = {known: s for known, s in self._nonces.items() if s > old_s}
        self._nonces[nonce] = now_s
