"""Any configuration results in settings or ConfigError, without printing a secret."""

from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.config.check import ConfigError, check
from wherry_host.config import config_file, toml_lines

SECRET = "Hush-Hush-7"
SECTIONS = ("node", "wifi", "uplink", "sensor", "power", "time")
KEYS = (
    *("name", "sample_every", "send_every", "stamps", "queue_size_max", "ssid", "password"),
    *("kind", "endpoint", "harbor_id", "tenant", "api_key", "ca", "allow_plain_http", "driver"),
    *("bus", "address", "prefix", "names", "source", "sntp", "pasword", "x"),
)
TEXTS = ("10 min", "1 s", "harbor", "bme280", "battery", "https://a.example/x", "123", "mains")

leaf = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=()), max_size=4),
)
value = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
table = st.dictionaries(st.sampled_from(KEYS), value, max_size=8)
TOML = f"""
[node]
name = "n"
sample_every = "1 s"
[[wifi]]
ssid = "garden"
password = "{SECRET}"
[[uplink]]
kind = "harbor"
endpoint = "https://a.example/x"
api_key = "{SECRET}"
[[sensor]]
driver = "bme280"
"""


def judged(configuration):
    """Check a configuration; return the text of its errors, which is empty without any."""
    try:
        check(configuration, drivers=("bme280",), kinds=("harbor",))
    except ConfigError as error:
        return safe(error)
    return ""


def safe(error):
    """Return the text of the errors, each one line of printable characters."""
    text = str(error)
    assert text.count("\n") <= min(len(error.errors), 51)
    assert not any(ord(c) < 32 and c != "\n" for c in text), text
    text.encode()
    return text


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SECTIONS), st.sampled_from(KEYS), st.sampled_from(("", " ", "=", "\n")))
def test_a_secret_at_the_wrong_place_is_not_printed(section, key, extra):
    if key in ("password", "api_key", "pasword", "x"):
        for part in ({key: SECRET + extra}, [{key: SECRET + extra}]):
            assert SECRET not in judged({section: part})
    assert SECRET not in judged({section: SECRET}) and SECRET not in judged({section: [SECRET]})
    assert SECRET not in judged({"uplink": [{"kind": "harbor", "endpoint": f"x://{SECRET}@h/"}]})


# Options that take one of a few words, a number or an address: a key may be pasted there.
NARROW = (
    *(("node", key) for key in ("sample_every", "stamps", "queue_size_max", "durability")),
    *(("uplink", key) for key in ("kind", "endpoint", "api", "mode", "hold_days", "channels")),
    *(("uplink", key) for key in ("start", "allow_plain_http", "send_every", "label", "tenant")),
    *(("sensor", key) for key in ("driver", "bus", "address", "names")),
    *(("power", "source"), ("alert", "url"), ("time", "sntp")),
)
ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/="
pasted = st.one_of(
    st.text("0123456789abcdef", min_size=16, max_size=64),
    st.text(ALPHABET, min_size=16, max_size=64),
).filter(lambda key: any(c.isdigit() for c in key))


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(NARROW), pasted, st.sampled_from(("%s", "http://%s", "http://h.example/%s"))
)
def test_a_key_pasted_into_another_option_is_not_printed(place, key, form):
    section, name = place
    whole = form % key if name in ("endpoint", "url") else key
    content = config_file.parsed("node.toml", TOML.encode())
    own = content.setdefault(section, {})
    own = own[0] if isinstance(own, list) else own
    own[name] = whole
    reported = judged(content)
    # Short parts of a key with slashes may be names of directories.
    assert (
        max(key.split("/"), key=len) not in reported or len(max(key.split("/"), key=len)) < 10
    ), reported


def test_a_secret_under_another_key_is_not_printed():
    reported = read(TOML.replace("api_key", "api").encode())
    assert SECRET not in reported and "api: a text of 11 characters" in reported


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_toml_file_with_a_piece_changed(data):
    start = data.draw(st.integers(0, len(TOML)))
    end = data.draw(st.integers(start, min(start + 12, len(TOML))))
    piece = data.draw(st.text("[]{}=\"'\\#,.\n \r\t1aé”\x00", max_size=6))
    reported = read((TOML[:start] + piece + TOML[end:]).encode())
    assert SECRET not in reported, reported


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_a_file_of_any_bytes(data):
    read(data)
    read(TOML.encode() + data)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(SECTIONS), st.one_of(table, st.lists(table, max_size=3))))
def test_any_secrets_next_to_a_file(secrets):
    try:
        judged(config_file.merged(config_file.parsed("node.toml", TOML.encode()), secrets))
    except ConfigError as error:
        safe(error)


def paths(value, path=()):
    """Yield the path of each key in a dictionary."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        yield (*path, key)
        if isinstance(part, (dict, list)):
            yield from paths(part, (*path, key))


def read(data):
    """Read the bytes as node.toml and check them; return the text of the errors."""
    try:
        configuration = config_file.parsed("node.toml", data)
        text = config_file.decoded("node.toml", data)
        lines = toml_lines.lines_of(text)
        assert set(lines) >= set(paths(configuration)), text
        assert all(1 <= line <= text.count("\n") + 1 for line in lines.values()), text
        toml_lines.located(config_file.lacking(configuration, "virtual"), [("node.toml", text)])
        config_file.checked(configuration)
    except ConfigError as error:
        return safe(error)
    return ""
