"""500 nodes at one service with a limit of 10 requests per second, during and after a day without
servers, and after a common loss of power."""

import time

from wherry_host.config import config_file
from wherry_host.year.engines import Engine
from wherry_host.year.fleet import processes, summary
from wherry_host.year.fleet.job import Job
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG

from bench.rows import row

_COUNT, _QUICK_COUNT = 500, 10
_DAYS, _PER_S = 3, 10
# No server answers from the 10th to the 34th hour. The power is off at 100,000 s for 98 s.
_OUTAGE, _POWER_S = "port_closed@36000=87", 100_000
_POWER = f"power_cut@{_POWER_S}=40"
_SETTLED_S = _POWER_S + 3_600


def measure(quick):
    """Return {key: row} for the bench's table."""
    count = _QUICK_COUNT if quick else _COUNT
    outage, outage_s = _lived(count, _OUTAGE)
    power, power_s = _lived(count, _POWER, 2)
    found, switched = summary.fields(outage), summary.fields(power)
    return {
        "fleet_nodes": row(count, "nodes"),
        "fleet_s": row(outage_s + power_s, "s", digits=0),
        "fleet_violations": row(found["violations"] + switched["violations"], "violations", 0),
        "fleet_refused_share": row(_share(outage, 0), "1", must=0.01, digits=4),
        "fleet_caught_up_h": row(_hours(found), "h", must=6, digits=2),
        "fleet_refused_in_a_row": row(found["refused_in_a_row"], "requests", must=5),
        "fleet_power_refused_share": row(_share(power, _SETTLED_S), "1", must=0.01, digits=4),
        "fleet_power_caught_up_h": row(_hours(switched), "h", must=6, digits=2),
        "fleet_power_refused_in_a_row": row(switched["refused_in_a_row"], "requests"),
    }


def _lived(count, faults, days=_DAYS):
    begin_s = time.monotonic()
    config = config_file.load(USUAL_CONFIG, None, USUAL_BOARD)
    job = Job(config, Engine.cpython, days, faults)
    ends = processes.lived_with_limit(job, range(count), _PER_S, lambda days: None)
    return ends, time.monotonic() - begin_s


def _share(ends, from_s):
    """Return the share of refused requests from a second on."""
    begin_us = BEGIN_US + from_s * 1_000_000
    refused = [is_refused for end in ends for us, is_refused in end.verdicts if us >= begin_us]
    return sum(refused) / len(refused)


def _hours(found):
    seconds = found["caught_up_s"]
    return None if seconds is None else seconds / 3600
