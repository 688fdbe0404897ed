"""Configuration files: TOML, secrets and certificates; every error has its line."""

import ssl

import pytest
import trustme
from support.config.plain_node import PLAIN
from support.places import ROOT
from wherry.config.check import ConfigError
from wherry_host.config import certificates, config_file
from wherry_host.config.toml_lines import places_of


@pytest.fixture
def node(tmp_path):
    """The path of a plain node.toml, next to the roots that it names."""
    pem = trustme.CA().cert_pem.bytes() + trustme.CA().cert_pem.bytes()
    (tmp_path / "roots.pem").write_bytes(pem)
    (tmp_path / "node.toml").write_text(PLAIN)
    return tmp_path / "node.toml"


def refused(path, secrets=None):
    with pytest.raises(ConfigError) as caught:
        config_file.load(path, secrets)
    return str(caught.value)


def test_the_reference_shows_an_example_and_names_its_keys():
    reference = (ROOT / "docs" / "config.md").read_text()
    assert (ROOT / "examples" / "garden.toml").read_text() in reference
    for key in (
        "stamps", "queue_coding", "queue_size_max", "durability", "stage_age_max", "endpoint",
        "tenant", "allow_plain_http", "prefix",
    ):  # fmt: skip
        assert f"`{key}`" in reference, key


def test_certificates_become_der_files(node):
    host = config_file.load(node)
    assert host.typed["uplink"][0]["ca"] == ["0.der", "1.der"] == list(host.ca)
    for der in host.ca.values():
        ssl.create_default_context().load_verify_locations(cadata=der)


def test_a_node_is_named_by_its_configuration_only(node):
    assert not config_file.load(node).is_named
    node.write_text('[node]\nname = "hut"\n' + PLAIN)
    host = config_file.load(node)
    assert host.is_named and host.typed["node"]["name"] == "hut"


def test_secrets_are_merged_by_section_and_position(node):
    node.write_text(PLAIN.replace('api_key = "hush-hush"', ""))
    assert "api_key: missing" in refused(node)
    (node.parent / "secrets.toml").write_text(
        '[[wifi]]\npassword = "open sesame"\n[[wifi]]\nssid = "spare"\n'
        '[[uplink]]\napi_key = "k2"\n[node]\nname = "n"\n'
    )
    typed = config_file.load(node).typed
    assert typed["wifi"] == [
        {"ssid": "garden", "password": "open sesame"},
        {"ssid": "spare", "password": ""},
    ]
    assert (typed["uplink"][0]["api_key"], typed["node"]["name"]) == ("k2", "n")


def test_files_that_are_not_certificates(node):
    roots = node.parent / "roots.pem"
    for data, expected in (
        (b"", "holds none that can be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds none"),
        (roots.read_bytes() * 9, "keep at most 16 certificates; this file holds 18"),
    ):
        roots.write_bytes(data)
        assert expected in refused(node), data


def test_the_public_roots_are_few_and_include_well_known_ones():
    roots = certificates.public_roots()
    assert 8 <= len(roots) <= certificates.COUNT_MAX
    joined = b"".join(roots)
    assert b"ISRG Root X1" in joined and b"GTS Root R4" in joined


TEXT = '''\
a = """x
[no]
y"""
[node]
"na me" = 'q#]'   # c [x]
s."t.u" = {v = 1, w = [
 {k = 2},
 1979-05-27 07:32:00, "]"] }
[[sensor]]
[sensor.names]
x = 1.5
[[sensor]]
names.y = \'\'\'
[z]\'\'\'
last = 2
[u.v]
'''
PLACES = (
    (1, "a"), (4, "[node]"), (5, "[node]: na me"), (6, "[node]: s"), (6, "[node]: s: t.u: v"),
    (6, "[node]: s: t.u: w"), (7, "[node]: s: t.u: w: 0: k"), (9, "[[sensor]]"),
    (9, "[[sensor]] 1"), (10, "[[sensor]] 1: names"), (11, "[[sensor]] 1: names: x"),
    (12, "[[sensor]] 2"), (13, "[[sensor]] 2: names"), (13, "[[sensor]] 2: names: y"),
    (15, "[[sensor]] 2: last"), (16, "[u]"), (16, "[u]: v"),
)  # fmt: skip


def test_each_key_has_its_line():
    for text in (TEXT, TEXT.replace("\n", "\r\n")):
        found = places_of(text)
        for line, place in PLACES:
            assert found[place] == line, (place, found.get(place))
        assert "[no]" not in found and "[z]" not in found and "[x]" not in found
