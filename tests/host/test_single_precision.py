"""Derived channels in floats of single precision, as a chip has them: each result is rounded."""

import math
import random
import struct

import pytest
from wherry.sampling import derived

# Of the last decimal: what may round the other way is a reading that is no less right.
_SHARE_MAX = 0.1


def single(value):
    """Return a number as 32 bits hold it."""
    return Single(struct.unpack("<f", struct.pack("<f", value))[0])


def _rounded(name):
    operation = getattr(float, name)
    return lambda *operands: single(operation(*map(single, operands)))


class Single(float):
    """A float whose operations give what 32 bits hold."""


for _name in ("add", "sub", "mul", "truediv", "pow"):
    for _form in (f"__{_name}__", f"__r{_name}__"):
        setattr(Single, _form, _rounded(_form))
Single.__neg__ = lambda self: single(float.__neg__(self))


class SingleMath:
    """What the formulas need of `math`."""

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
def test_a_chip_derives_what_the_desktop_derives(monkeypatch, name):
    formula, decimals = derived.FORMULAS[name]
    chance = random.Random(20261125)
    ranges = (300, 1100), (-45, 60)
    if name != "sea_level_pressure":
        ranges = (-45, 60), (0.01, 100)
    worst = 0
    for _ in range(4000):
        given = [round(chance.uniform(*each), 2) for each in ranges]
        altitude = chance.randint(-500_000_000, 9_000_000_000)
        exact = formula(*given, altitude)
        with monkeypatch.context() as context:
            context.setattr(derived, "math", SingleMath)
            found = formula(*map(single, given), single(altitude))
        assert isinstance(found, Single)
        worst = max(worst, abs(found - exact) * 10**decimals)
    print(f"{name}: at worst {worst:.4f} of the last decimal")
    assert 0 < worst < _SHARE_MAX
