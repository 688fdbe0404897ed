"""Seeded random configurations: any bytes result in settings or a ConfigError.

The text never contains the plain node's secrets or terminal control codes.
"""

import json
import random

from wherry.config import check

_SEED = 20261120
_BYTES_COUNT = 3000
_TREE_COUNT = 3000
_SECRET = "Hush-Hush-7"
_PLAIN = """{"node": {"name": "n", "sample_every": "1 s"}, "time": {"sntp": ["a.example"]},
"wifi": [{"ssid": "garden", "password": "Hush-Hush-7"}], "power": {"source": "mains"},
"uplink": [{"kind": "harbor", "endpoint": "https://a.example/x", "api_key": "Hush-Hush-7"}],
"sensor": [{"driver": "bme280", "names": {"humidity": "h"}}, {"driver": "battery"}]}"""
_PIECES = (b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"0", b"null", b"\xff", b"\x00", b"-")
_SECTIONS = ("node", "wifi", "uplink", "sensor", "power", "time")
_WORDS = _SECTIONS + (
    "name", "sample_every", "send_every", "ssid", "password", "kind", "endpoint", "harbor_id",
    "api_key", "ca", "driver", "bus", "address", "names", "sntp", "harbor", "bme280", "1 s",
    "https://a.example/x", "\x1b[2J",
)  # fmt: skip


def judged(content):
    """Check the bytes' content, if they are JSON; return the text of the errors, or None."""
    try:
        raw = json.loads(content)
    except (ValueError, TypeError, RuntimeError):  # CPython raises the last for deep nesting.
        return "no JSON"
    try:
        check.check(raw, "n", ("bme280",), ("harbor",))
    except check.ConfigError as error:
        text = str(error)
        assert not any(ord(c) < 32 and c != "\n" for c in text), text
        assert text.count("\n") <= 50, text
        return text


def test_bytes_with_pieces_changed():
    random.seed(_SEED)
    plain = _PLAIN.encode()
    wrong_count = 0
    for _ in range(_BYTES_COUNT):
        content = plain
        for _ in range(random.randint(1, 3)):
            start = random.randrange(len(content))
            # The replaced pieces are too short for a secret to become the value of another key.
            end = start + random.randrange(6)
            content = content[:start] + random.choice(_PIECES) + content[end:]
        text = judged(content)
        if text is not None:
            wrong_count += 1
            assert _SECRET not in text, content
    print(_BYTES_COUNT, "configurations,", wrong_count, "wrong, seed", _SEED)
    assert wrong_count > _BYTES_COUNT // 2


def tree(depth):
    """Return a random JSON value; its strings and keys are words from configurations."""
    kind = random.randrange(6 if depth else 4)
    if kind == 0:
        return random.choice((None, True, False, -1, 0, 118, 1 << 70, 0.5, ""))
    if kind < 4:
        return random.choice(_WORDS)
    items = [tree(depth - 1) for _ in range(random.randrange(4))]
    return items if kind == 4 else {random.choice(_WORDS): item for item in items}


def test_any_tree_in_any_section():
    random.seed(_SEED)
    for _ in range(_TREE_COUNT):
        raw = json.loads(_PLAIN)
        for _ in range(random.randint(1, 4)):
            section = random.choice(_SECTIONS)
            place = raw.get(section)
            if type(place) is list and place and random.randrange(3):
                place = random.choice(place)
            if type(place) is dict:
                place[random.choice(_WORDS)] = tree(2)
            else:
                raw[section] = tree(3)
        text = judged(json.dumps(raw).encode())
        assert text is None or _SECRET not in text, raw
    print(_TREE_COUNT, "trees, seed", _SEED)
