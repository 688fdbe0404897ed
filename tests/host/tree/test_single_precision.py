"""Derived channels in single-precision floats, as a chip has them: each result is rounded."""

import math
import random
import struct

import pytest
from wherry.config.derive import DERIVED
from wherry.sampling import derived

# In the last decimal: at most this many values round the other way, and either result is right.
_SHARE_MAX = 0.1


def single(value):
    """Return a number rounded to 32 bits."""
    return Single(struct.unpack("<f", struct.pack("<f", value))[0])


def _rounded(name):
    operation = getattr(float, name)
    return lambda *operands: single(operation(*map(single, operands)))


class Single(float):
    """A float whose results are rounded to 32 bits."""


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(Single, _form, _rounded(_form))
Single.__neg__ = lambda self: single(float.__neg__(self))


class SingleMath:
    """The functions of `math` that the formulas need."""

    @staticmethod
    def log(value):
        return single(math.log(value))

    @staticmethod
    def exp(value):
        return single(math.exp(value))

    @staticmethod
    def sqrt(value):
        return single(math.sqrt(value))


@pytest.mark.parametrize("name", sorted(derived.FORMULAS))
def test_a_chip_derives_the_same_as_the_desktop(monkeypatch, name):
    formula, decimals = derived.FORMULAS[name], DERIVED[name][2]
    chance = random.Random(20261125)
    worst = 0
    for _ in range(4000):
        altitude = chance.randint(-500_000_000, 9_000_000_000)
        other = chance.uniform(0.01, 100)
        if name == "sea_level_pressure":
            # The weather changes the pressure of the standard atmosphere by at most about 7 %.
            standard = 1013.25 * (1 - 0.0065 * altitude / 1e6 / 288.15) ** 5.25588
            other = standard * chance.uniform(0.93, 1.07)
        given = round(chance.uniform(-45, 60), 2), round(other, 2)
        exact = formula(*given, altitude)
        with monkeypatch.context() as context:
            context.setattr(derived, "math", SingleMath)
            found = formula(*map(single, given), single(altitude))
        assert isinstance(found, Single)
        worst = max(worst, abs(found - exact) * 10**decimals)
    print(f"{name}: at worst {worst:.4f} of the last decimal")
    assert 0 < worst < _SHARE_MAX
