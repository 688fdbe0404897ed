"""Coverage-guided: any bytes to the HTTP reader in any pieces, and finished answers to the judge.

`python tests/fuzz/answer.py [libFuzzer's options] [folder of the corpus]`; with a file
instead of the folder, that input is tried. tests/soak.py runs it for a time with each seed.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))
import conftest  # noqa: F401

with atheris.instrument_imports():
    from wherry.http.response import ProtocolError, ResponseReader
    from wherry.sending import verdict
    from wherry.sending.status import retry_after_s
    from wherry.uplinks.harbor import dialect as harbor

_SETTINGS = {"endpoint": "https://h.test/1", "api_key": "k", "name": "n"}
_BODY_MAX = 64


def read(octets, size, head_request=False):
    """Feed in pieces of a size, then close; return the reader, or None if it refuses."""
    reader = ResponseReader(body_max=_BODY_MAX, head_request=head_request)
    view = memoryview(octets)
    try:
        for i in range(0, len(octets), size):
            reader.feed(view[i : i + size])
        reader.eof()
    except ProtocolError:
        assert not reader.done
        return None
    assert reader.done and len(reader.body) <= min(_BODY_MAX, reader.body_size)
    return reader


def seen(reader):
    """Return the parts of an answer that a caller can see."""
    return reader and (reader.status, bytes(reader.body), reader.body_size, reader.headers)


def judge(reader):
    """Judge an answer as the node does."""
    kind, note = harbor.judge(_SETTINGS, {}, reader, 2)
    assert (kind == verdict.DELIVERED) <= (200 <= reader.status < 300) and note
    assert 0 <= retry_after_s(reader.headers) <= 86400


def try_input(octets):
    """Try one input; its first byte chooses the size of the pieces and the method."""
    choice, octets = octets[0] if octets else 0, octets[1:]
    reader = read(octets, len(octets) or 1, choice & 1)
    assert seen(read(octets, choice // 2 % 9 + 1, choice & 1)) == seen(reader)
    if reader:
        judge(reader)


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_input)
    atheris.Fuzz()
