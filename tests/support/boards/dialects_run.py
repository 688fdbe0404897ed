"""Two nodes that speak all dialects at once, under seeded faults of every server and of the chip.

`PYTHONPATH=tests python tests/support/boards/dialects_run.py --minutes 30 --scale 10 --seed S`
prints the outcome of each uplink's readings, in virtual minutes; `make soak MINUTES=5` starts a
short run.
On one node a channel has a name that SensoCan does not know, and the Harbor servers' plan allows
five points per batch.
"""

import argparse
import json
import multiprocessing
import random
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from wherry_host.demo.rig import Rig

_CONFIG = {"node": {"sample_every": "10 s", "send_every": "30 s"}}
_PLAN = {"batch_count_max": 5}
_DIALECTS = ("harbor", "harbor_v1", "sensocan", "here")
_APIS = ("harbor_v2", "harbor_v1", "sensocan", "here")
_WAITING = re.compile(r"(\S+): delivered \d+, (\d+) waiting")
# In virtual time.
_END_EVERY_S = (60, 180)
_DRAIN_S = 1200


def faults(chance):
    """Return the faults of a run: each API sometimes loses answers, fails or is busy."""
    found = [{"kind": "cut", "probability": 0.02, "after_size": chance.randrange(3000)}]
    for api in _APIS:
        found += [
            {"kind": "drop", "api": api, "probability": 0.05},
            {"kind": "status", "api": api, "status": 503, "probability": 0.05},
            {"kind": "status", "api": api, "status": 429, "retry_after_s": 5, "probability": 0.02},
        ]
    return found


def live(seed, minutes, scale, is_odd):
    """Run one node; return its problems, its uplinks' counts, and how often it was ended."""
    chance = random.Random(seed)
    dialects = list(_DIALECTS)
    if is_odd:
        dialects[2] = "sensocan", {"names": {"humidity": "humidty"}, "channels": "sensors"}
    server = {"switches": {"harbor": _PLAN, "harbor_v1": _PLAN}} if is_odd else {}
    with Rig(scale=scale, seed=seed, config=_CONFIG, server=server, uplinks=dialects) as rig:
        rig.deploy_image()
        rig.board.start()
        rig.service.set_faults(*faults(chance))
        end_s = time.monotonic() + 60 * minutes / scale
        ends = 0
        while time.monotonic() < end_s:
            time.sleep(min(chance.uniform(*_END_EVERY_S) / scale, end_s - time.monotonic()))
            if chance.random() < 0.5:
                rig.board.kill()
            else:
                rig.board.cut()
                rig.board.power_on()
            ends += 1
        rig.service.set_faults()
        _drain(rig, scale, is_odd)
        account = rig.account()
        errors = rig.errors() if account.problems else []
        return account.problems + errors, account.uplinks, ends


def _drain(rig, scale, is_odd):
    """Wait until no uplink has anything left that it can deliver."""
    labels = {uplink["label"] for uplink in rig.config.typed["uplink"]}
    since, end_s = len(rig.board.lines), time.monotonic() + _DRAIN_S / scale
    while labels and time.monotonic() < end_s:
        time.sleep(0.5)
        found = (_WAITING.search(text) for _, text in rig.board.lines[since:])
        labels -= {each[1] for each in found if each and int(each[2]) < 20}
    assert not labels, f"not drained: {labels}, odd: {is_odd}"


def check(seed, minutes, scale):
    """Run both nodes; return {count: readings} over all uplinks. Prints each uplink's counts."""
    # Each node runs in its own process, because threads of one process would wait for each other.
    apart = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, apart) as pool:
        runs = [pool.submit(live, seed + i, minutes, scale, bool(i)) for i in range(2)]
        found = [run.result() for run in runs]
    totals = {"ends": 0, "sampled": 0, "delivered": 0, "duplicates": 0}
    for i, (problems, uplinks, ends) in enumerate(found):
        totals["ends"] += ends
        for label, counts in uplinks.items():
            reported = {key: value for key, value in vars(counts).items() if value}
            print(f"node {i + 1}, {label}: {json.dumps(reported)}")
            for key in ("sampled", "delivered", "duplicates"):
                totals[key] += getattr(counts, key)
            assert counts.dropped == counts.thinned == 0, (label, counts)
        assert problems == [], f"seed {seed + i}: {problems[:5]}"
    return totals


def main():
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--scale", type=float, default=10)
    parser.add_argument("--seed", type=int, default=20261120)
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    print(json.dumps(check(given.seed, given.minutes, given.scale)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
