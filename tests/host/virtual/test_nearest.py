"""The search for a chip's raw value: the same result wherever the search begins."""

import random

from wherry_host.virtual.chips.nearest import nearest


def test_the_begin_of_a_search_does_not_change_its_result():
    chance = random.Random(20261128)
    for _ in range(300):
        high = chance.choice((1, 2, 7, 100, 65_535))
        slope, offset = chance.uniform(0.01, 5), chance.uniform(-50, 50)

        def rising(raw, slope=slope, offset=offset):
            return round(raw * slope + offset)

        wanted = chance.uniform(rising(0) - 10, rising(high) + 10)
        errors = [abs(rising(raw) - wanted) for raw in range(high + 1)]
        for near in (0, high, chance.randint(0, high)):
            found = nearest(rising, wanted, high, near)
            assert errors[found] == min(errors), (high, slope, offset, wanted, near)
            assert found == nearest(rising, wanted, high)
