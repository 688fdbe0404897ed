"""Seeds of coverage-guided runs: complete inputs, and words that are unlikely at random."""

from support.uplinks.http_answers import FRAMED, TO_THE_END
from support.uplinks.recorded_answers import answers

_CONFIG = b"""[node]
name = "n"
sample_every = "10 min"
[power]
source = "mains"
[time]
sntp = ["pool.ntp.org"]
[[wifi]]
ssid = "garden"
password = "hush hush"
[[uplink]]
kind = "harbor"
endpoint = "https://a.example/api/v2/ingest/1"
api_key = "k"
[[sensor]]
driver = "bme280"
address = 0x76
"""
_HTTP_WORDS = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 ", b"HTTP/1.1 100 x\r\n\r\n", b"204", b"304", b"\r\n",
    b"\r\n\r\n", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n",
    b"keep-alive", b"Retry-After: ", b"0\r\n\r\n", b"ffffffff", b'"count":', b", ", b";a=b",
)  # fmt: skip
_TOML_WORDS = (
    b"[node]", b"[[wifi]]", b"[[uplink]]", b"[[sensor]]", b"[power]", b"[time]", b"name", b"ssid",
    b"sample_every", b"send_every", b"stamps", b"queue_size_max", b"password", b"kind", b"api_key",
    b"endpoint", b"harbor_id", b"tenant", b"ca", b"allow_plain_http", b"driver", b"address",
    b"prefix", b"names", b"source", b"sntp", b" = ", b'"', b"'''", b"10 min", b"https://", b"true",
    b"1e400", b"nan", b"1979-05-27T07:32:00Z", b"\\u0000", b"\xef\xbb\xbf", b"\xff\xfe",
)  # fmt: skip


def write(target, folder):
    """Write a target's first corpus and dictionary into an empty folder; return their paths."""
    corpus, words = folder / "corpus", folder / "words.txt"
    corpus.mkdir()
    if target == "answer":
        inputs = [octets for octets, *_ in FRAMED + tuple(answers())]
        inputs = [b"\0" + octets for octets in inputs + [b"".join(pair) for pair in TO_THE_END]]
    else:
        inputs = [_CONFIG, *(_CONFIG[: i + 1] for i in range(len(_CONFIG)) if _CONFIG[i] == 10)]
    for i, octets in enumerate(inputs):
        (corpus / f"seed{i}").write_bytes(octets)
    tokens = _HTTP_WORDS if target == "answer" else _TOML_WORDS
    words.write_text("".join(f'"{_escaped(token)}"\n' for token in tokens))
    return corpus, words


def _escaped(token):
    return "".join(f"\\x{octet:02x}" for octet in token)
