"""Configuration files: TOML, secrets and certificates; every error has its line."""

import ssl

import pytest
import trustme
from support.config.plain_node import PLAIN
from support.places import EXAMPLE, ROOT
from wherry.config.check import ConfigError
from wherry_host.config import certificates, config_file


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


def test_a_filled_configuration_is_valid():
    host = config_file.load(EXAMPLE)
    assert host.typed["node"]["send_every_ms"] == 3600000
    assert list(host.ca) == host.typed["uplink"][0]["ca"]


def test_the_reference_shows_an_example_and_names_every_key():
    reference = (ROOT / "docs" / "config.md").read_text()
    assert (ROOT / "examples" / "garden.toml").read_text() in reference
    for key in (
        "stamps",
        "queue_coding",
        "queue_size_max",
        "durability",
        "stage_age_max",
        "endpoint",
        "tenant",
        "allow_plain_http",
        "prefix",
    ):
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


def test_a_shared_root_is_one_file(node):
    again = '[[uplink]]\nkind = "harbor"\nharbor_id = 7\napi_key = "x"\nca = "roots.pem"\n'
    node.write_text(PLAIN + again)
    assert len(config_file.load(node).ca) == 2


def test_secrets_are_merged_by_section_and_position(node):
    node.write_text(PLAIN.replace('api_key = "hush-hush"', ""))
    assert "api_key: missing" in refused(node)
    (node.parent / "secrets.toml").write_text(
        '[[wifi]]\npassword = "open sesame"\n[[wifi]]\nssid = "spare"\n'
        '[[uplink]]\napi_key = "from the file"\n[node]\nname = "n"\n'
    )
    assert "a text of 13 characters" in refused(node)
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


def test_missing_files(node):
    assert "No such file or directory; correct the path" in refused(node.parent / "other.toml")
    assert "No such file or directory" in refused(node, node.parent / "other.toml")


def test_files_that_are_not_certificates(node):
    roots = node.parent / "roots.pem"
    for data, expected in (
        (b"", "holds none that can be read"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds none"),
        (roots.read_bytes() * 9, "keep at most 16 certificates; this file holds 18"),
    ):
        roots.write_bytes(data)
        assert expected in refused(node), data
    roots.unlink()
    message = refused(node)
    assert message.startswith(
        'node.toml, line 8: [[uplink]] 1: ca: "roots.pem"; give a file of certificates ('
    ), message


def test_the_public_roots_are_few_and_include_well_known_ones():
    roots = certificates.public_roots()
    assert 8 <= len(roots) <= certificates.COUNT_MAX
    joined = b"".join(roots)
    assert b"ISRG Root X1" in joined and b"GTS Root R4" in joined
