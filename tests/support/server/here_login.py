"""The header of a login to HERE Tracking, in the form of the vendor's clients."""

from urllib.parse import quote

from wherry_host.server.dialects.here.tokens import signature


def login_header(url, device, secret, nonce, now_s, **changes):
    """Return the value of `Authorization`; `changes` are other parameters that are signed."""
    signed = {
        "oauth_consumer_key": device,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(now_s),
        "oauth_version": "1.0",
        **changes,
    }
    signed["oauth_signature"] = signature("POST", url, signed, secret)
    return "OAuth " + ",".join(f'{k}="{quote(v, safe="-._~")}"' for k, v in signed.items())
