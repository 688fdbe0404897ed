"""Third-party drivers on the host: where they come from, what they import, and their lock file."""

import zipfile

import pytest
from wherry.config.check import ConfigError
from wherry_host.config import config_file
from wherry_host.config.toml_text import toml_text
from wherry_host.errors import PlaceError

DRIVER = "class Chip:\n    def __init__(self, i2c):\n        pass\n"
PACKAGE = {
    "parts/__init__.py": "",
    "parts/chip.py": "import struct\nfrom parts import words\nfrom .crc import crc\n" + DRIVER,
    "parts/words.py": "",
    "parts/crc.py": "try:\n    from typing import Any\nexcept ImportError:\n    pass\ncrc = 1\n",
    "parts/spare.py": "import numpy\n",
}
UPLINK = {"kind": "harbor", "harbor_id": "1", "api_key": "k3y"}
WIFI = {"ssid": "garden", "password": "correct horse"}


@pytest.fixture
def node(tmp_path, monkeypatch):
    """Return a function that loads a configuration with one third-party driver."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "registry"))
    (tmp_path / "registry").mkdir()
    (tmp_path / "chip.py").write_text(DRIVER)

    def load(**changes):
        section = {"driver": "chip:Chip", "source": "path:chip.py", "channels": {"t": "t"}}
        raw = {"wifi": [WIFI], "uplink": [UPLINK], "sensor": [section | changes]}
        path = tmp_path / "node.toml"
        path.write_text(toml_text(raw))
        return config_file.load(path)

    return load


def wheel(path, files):
    """Write a wheel with these files and the metadata that pip requires."""
    info = f"{path.name.split('-')[0]}-{path.name.split('-')[1]}.dist-info"
    name, version = path.name.split("-")[:2]
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | about).items():
            archive.writestr(name, text)


def error(load, **changes):
    with pytest.raises(ConfigError) as caught:
        load(**changes)
    return str(caught.value)


# Sources


def test_a_file_a_folder_and_a_wheel_are_sources(node, tmp_path):
    assert node().drivers == {1: {"chip.py": DRIVER}}
    for name, text in PACKAGE.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    wheel(tmp_path / "parts-1.0-py3-none-any.whl", PACKAGE)
    wanted = {name: text for name, text in PACKAGE.items() if "spare" not in name}
    for source in ("path:folder", "path:parts-1.0-py3-none-any.whl"):
        assert node(driver="parts.chip:Chip", source=source).drivers == {1: wanted}, source


def test_a_package_comes_from_the_registry_once(node, tmp_path):
    path = tmp_path / "registry" / "parts-1.0-py3-none-any.whl"
    wheel(path, PACKAGE)
    package = {"driver": "parts.chip:Chip", "source": "pypi:parts==1.0"}
    files = node(**package).drivers[1]
    assert "parts/chip.py" in files
    # A pinned package is in the cache.
    path.unlink()
    assert node(**package).drivers[1] == files
    (cached,) = (tmp_path / "cache" / "wherry" / "packages").iterdir()
    assert cached.name in (tmp_path / "node.lock").read_text()
    cached.write_bytes(b"damaged")
    assert "lacks a wheel of this version" in error(node, **package)


def test_a_frozen_driver_is_on_the_board(node, tmp_path):
    assert node(driver="dht:DHT22", source="frozen", pin=4).drivers == {1: {}}
    assert not (tmp_path / "node.lock").exists()
    assert "stock images lack the module chip" in error(node, source="frozen")


def test_a_missing_or_wrong_source_is_named(node, tmp_path):
    (tmp_path / "chip.txt").write_text("")
    (tmp_path / "bad.whl").write_text("")
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    for source, words in (
        ("path:gone.py", "No such file or directory; correct the path"),
        ("path:chip.txt", "chip.txt is not a driver; give a .py, a .whl or a folder"),
        ("path:bad.whl", "not a wheel"),
        ("path:latin.py", "not UTF-8"),
        ("pypi:gone==1.0", "the registry lacks a wheel of this version; correct name and version"),
        ("pypi:--pre==1.0", "not a package and its version"),
    ):
        found = error(node, source=source)
        assert found.startswith(f'node.toml, line 10: [[sensor]] 1: source: "{source}"'), found
        assert words in found


# Imports


def test_a_module_that_a_board_could_not_load_is_named(node, tmp_path):
    for text, driver, words in (
        (DRIVER, "chip:Chop", "no class Chop in chip.py; it has Chip"),
        (DRIVER, "chop:Chip", "no module chop in its source; it has chip"),
        ("import numpy\n" + DRIVER, "chip:Chip", "chip.py imports numpy, which a board lacks"),
        ("class Chip\n", "chip:Chip", "chip.py is not Python"),
    ):
        (tmp_path / "chip.py").write_text(text)
        (tmp_path / "node.lock").unlink(missing_ok=True)
        assert words in error(node, driver=driver)
    (tmp_path / "time.py").write_text(DRIVER)
    assert "time is a module of MicroPython" in error(
        node, driver="time:Chip", source="path:time.py"
    )


# The lock file


def test_a_source_that_has_changed_is_refused_until_its_line_is_removed(node, tmp_path):
    node()
    lock = tmp_path / "node.lock"
    assert "path:chip.py sha256:" in lock.read_text()
    (tmp_path / "chip.py").write_text(DRIVER + "\n")
    found = error(node)
    assert "changed since it was pinned; remove its line from node.lock to accept it" in found
    lines = [line for line in lock.read_text().splitlines() if "chip.py" not in line]
    lock.write_text("\n".join(lines))
    assert node().drivers


def test_a_lock_file_that_cannot_be_read_or_written_is_named(node, tmp_path):
    lock = tmp_path / "node.lock"
    lock.write_text("something else\n")
    with pytest.raises(PlaceError, match=r"'something else' is not a source and its SHA-256"):
        node()
    lock.unlink()
    lock.mkdir()
    with pytest.raises(PlaceError, match=r"node\.lock"):
        node()
