"""Unmodified drivers of other packages and ours return the same values over a chip's range."""

import sys

import pytest
from agreement import PACKAGES, agreeing, disagreement

AGREEING_MIN = 14


def named(foreign):
    return f"{foreign.ours}-{foreign.package}"


@pytest.mark.parametrize("foreign", [f for f in PACKAGES if not f.fault], ids=named)
def test_a_foreign_driver_agrees_with_ours(tmp_path, foreign):
    assert disagreement(foreign, tmp_path) is None


@pytest.mark.parametrize("foreign", [f for f in PACKAGES if f.fault], ids=named)
def test_a_known_fault_of_a_foreign_driver_still_exists(tmp_path, foreign):
    assert disagreement(foreign, tmp_path) is not None


def test_no_module_of_a_package_stays_loaded(tmp_path):
    before = set(sys.modules)
    for i, foreign in enumerate(PACKAGES[:2]):
        disagreement(foreign, tmp_path / str(i))
    left = {name for name in set(sys.modules) - before if "ahtx0" in name or "adafruit" in name}
    assert not left


def test_enough_packages_agree():
    found = agreeing()
    print(len(found), "agree:", found)
    assert len({package for _, package in found}) >= AGREEING_MIN
