"""Makes pip find only the packages that `make test-drivers` has fetched."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def packages(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(ROOT / "build" / "drivers"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
