"""Lives with faults that Hypothesis draws: each reading is accounted for."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.year.faulty import check
from support.year.strategy import cases
from wherry_host.year.faults import fault
from wherry_host.year.faults.kinds import KINDS

# To build the code of a node takes longer than its lives.
NAMES = ("plain", "stage", "ms")
LIFE_COUNT = 20


# `check` cuts a failing life down within a minute; Hypothesis would take up to five.
@settings(
    max_examples=LIFE_COUNT,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(NAMES), st.integers(1, 1 << 20), cases(4, 6))
def test_a_life_with_any_faults_loses_nothing(name, seed, case):
    _, found = check(name, seed, case)
    assert found.sampled > 0


@given(cases(1, 11))
def test_a_case_has_few_kinds_and_a_calm_end(case):
    days, faults = case
    assert 0 < len({each.kind for each in faults}) < len(KINDS) / 2
    assert all(each.at_s < 86_400 * max(days - 2, days / 2) for each in faults)
    assert fault.read(",".join(map(str, faults)), 1, days) == list(faults)
