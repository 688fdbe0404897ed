"""Signatures compared with published vectors and those of RFC 4231, on every interpreter."""

import json
from binascii import unhexlify

from support.data import DATA
from support.uplinks.here_rig import settings
from wherry.uplinks.here.oauth import authorization, encoded, hmac_sha256, uuid4

# RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
_MACS = (
    (b"\x0b" * 20, b"Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
)  # fmt: skip


def test_keyed_hashes():
    for key, message, mac in _MACS:
        assert hmac_sha256(key, message) == unhexlify(mac), key


def configured(url):
    """Return a URL to sign, whose server is normalised by the configuration."""
    parts = url.split("/", 3)
    return settings(signing_url="/".join(parts[:3]))["signing_url"] + "/" + parts[3]


def test_published_signatures():
    with open(DATA + "here_oauth_vectors.json") as file:
        vectors = json.load(file)["vectors"]
    assert len(vectors) == 10
    for vector in vectors:
        identity = vector["consumer_key"], vector["consumer_secret"]
        url = configured(vector["url"])
        header = authorization(
            vector["method"], url, *identity, vector["nonce"], vector["timestamp"]
        )
        assert header == vector["authorization"], vector["name"]


def test_percent_encoding():
    for text, expected in (
        ("AZaz09-._~", "AZaz09-._~"),
        (" +/=&%", "%20%2B%2F%3D%26%25"),
        ("é€", "%C3%A9%E2%82%AC"),
        ("", ""),
    ):
        assert encoded(text) == expected, text


def test_uuids_are_of_version_4():
    # All of the 128 bits are random, except the six of version and variant.
    for random, uuid in (
        ("00" * 16, "00000000-0000-4000-8000-000000000000"),
        ("ff" * 16, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        ("000102030405060708090a0b0c0d0e0f", "00010203-0405-4607-8809-0a0b0c0d0e0f"),
        # The example of RFC 9562, appendix A.3.
        ("919108f752d133205bacf847db4148a8", "919108f7-52d1-4320-9bac-f847db4148a8"),
    ):
        assert uuid4(unhexlify(random)) == uuid, uuid
