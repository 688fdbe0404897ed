"""The error of a node's clock, and how often it is within the uncertainty that the node states.

Lives on virtual time with an RC oscillator whose drift depends on the weather. The
belief of the node is read from its RTC memory at each wake, as docs/spec.md describes it.
"""

from itertools import pairwise
from typing import NamedTuple

from wherry_host.account.spec.rtc import drift_uncertainty_ppm, newest_state
from wherry_host.clock import UNIX_2000_S
from wherry_host.config import config_file
from wherry_host.year.faults import fault
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
from wherry_host.year.site import Site
from wherry_host.year.world.clock import DAY_US

from bench.rows import row

_DAY_MS = 86_400_000
# The oscillator's drift at 20 °C, from -0.3 to 0.3 %, as the strength of the fault.
_STRENGTHS = 0, 14, 29, 43, 57, 71, 86, 100
# After two days the access point is away for more than a day.
_AWAY, _LEARNING_DAYS = "access_point@172800=90", 3.4
_LIFE_DAYS = 60


class Belief(NamedTuple):
    """The belief of a node before a wake: its error, its uncertainty, the age of the last time."""

    error_ms: int
    uncertainty_ms: int
    age_ms: int


def measure(quick):
    """Return {key: row} for the bench's table."""
    node = Node(config_file.load(USUAL_CONFIG, None, USUAL_BOARD))
    strengths, days = (_STRENGTHS[::7], 3) if quick else (_STRENGTHS, _LIFE_DAYS)
    errors_ms = [_error_after_a_day(node, each) for each in strengths]
    lives = [_beliefs(node, f"drift@0={each}", days) for each in strengths]
    beliefs = [each for life in lives for each in life]
    inside = sum(abs(each.error_ms) <= each.uncertainty_ms for each in beliefs)
    syncs = sum(later.age_ms < each.age_ms for life in lives for each, later in pairwise(life))
    return {
        "clock_error_24h_s": row(max(errors_ms) / 1000, "s", must=2, goal=1, digits=2),
        "uncertainty_true_share": row(
            inside / len(beliefs), "share", must=0.99, better="higher", digits=4
        ),
        "clock_error_max_s": row(
            max(abs(each.error_ms) for each in beliefs) / 1000, "s", digits=2
        ),
        "time_requests_a_day": row(syncs / days / len(lives), "requests", digits=2),
    }


def _error_after_a_day(node, strength):
    """Return the error in ms a day after the last answer, of a node that learned for two days."""
    beliefs = _beliefs(node, f"drift@0={strength},{_AWAY}", _LEARNING_DAYS)
    return next(abs(each.error_ms) for each in beliefs if each.age_ms >= _DAY_MS)


def _beliefs(node, faults, days):
    """Return the Beliefs of a life, from the first time learned on."""
    life, found = Life(Site(node, 1)), []

    def look(now_us):
        belief = _belief(life.port, now_us)
        if belief:
            found.append(belief)

    end_us = round(days * DAY_US)
    life.run(BEGIN_US + end_us, look, fault.read(faults, 1, days))
    return found


def _belief(port, now_us):
    """Return the Belief of a chip, or None while its time is unknown."""
    memory = bytes(port.memory)
    state = newest_state(memory)
    if not (state and state["synced"]):
        return None
    passed = port.rtc_us() // 1000 - state["zero_ms"] - state["ref_ticks"]
    true_ms = state["ref_ms"] + passed + passed * state["drift_ppm"] // 1_000_000
    uncertainty_ms = int.from_bytes(state["busy"][78:80], "big")
    uncertainty_ms += passed * drift_uncertainty_ppm(memory) // 1_000_000
    return Belief(true_ms + UNIX_2000_S * 1000 - now_us // 1000, uncertainty_ms, passed)
