"""A fleet on virtual time: its nodes share the limit of a service, and each keeps the promise."""

import json
import time
from itertools import pairwise
from multiprocessing import active_children
from threading import Thread

import pytest
from distributed import LocalCluster
from support.year.command import year
from wherry_host.config import config_file
from wherry_host.errors import ToolError
from wherry_host.year.engines import Engine
from wherry_host.year.fleet import processes, summary
from wherry_host.year.fleet.gate import Gate
from wherry_host.year.fleet.job import Job
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG
from wherry_host.year.world.clock import WorldError

# The servers do not answer from the tenth to the 34th hour.
OUTAGE = "port_closed@36000=87"
SECOND_US = 1_000_000


def job(days=1, faults=None):
    return Job(config_file.load(USUAL_CONFIG, None, USUAL_BOARD), Engine.cpython, days, faults)


def quiet(count):
    """Take the progress of a fleet."""


def test_each_node_of_a_fleet_lives_its_own_life_and_the_same_again():
    words = "--nodes", "3", "--days", "1", "--seed", "5", "--json"
    found = year(*words)
    assert found == year(*words, hash_seed="1")
    code, output, errors = found
    fleet = json.loads(output)
    assert (code, errors, fleet["nodes"]) == (0, b"", 3)
    assert fleet["sampled"] == fleet["delivered"] + fleet["waiting"] > 3 * 130 * 6
    assert fleet["mah_per_day"]["min"] < fleet["mah_per_day"]["max"]
    assert fleet["violations"] == fleet["refused"] == 0


def test_both_engines_give_a_fleet_the_same_outcome():
    words = "--nodes", "2", "--days", "1", "--json"
    assert year(*words, "--engine", "vm") == year(*words)


def test_a_limit_that_is_never_reached_changes_no_life():
    free = processes.lived(job(), range(4), quiet)
    assert [each.verdicts for each in free] == [[]] * 4
    limited = processes.lived_with_limit(job(), range(4), 1000, quiet)
    assert [each.fields for each in limited] == [each.fields for each in free]
    verdicts = [is_refused for each in limited for _, is_refused in each.verdicts]
    assert len(verdicts) > 4 * 22 and not any(verdicts)


def test_a_limit_holds_for_all_nodes_together_in_any_number_of_processes():
    order, seeds = job(2, OUTAGE.replace("87", "60")), range(12)
    found, alone = (processes.lived_with_limit(order, seeds, 1, quiet, count) for count in (3, 1))
    assert alone == found
    requests = sorted(pair for end in found for pair in end.verdicts)
    admitted_us = [us for us, is_refused in requests if not is_refused]
    assert len(admitted_us) < len(requests)
    # A bucket of one token: never two within a second.
    assert all(b - a >= SECOND_US for a, b in pairwise(admitted_us))
    assert summary.fields(found)["violations"] == 0


def test_after_a_day_without_servers_all_is_delivered_and_no_node_starves():
    seeds = range(30)
    found = summary.fields(processes.lived_with_limit(job(3, OUTAGE), seeds, 2, quiet))
    assert found["violations"] == 0 and found["sampled"] == found["delivered"] + found["waiting"]
    # The longest wait after a failure is 4 h, a quarter longer by chance, then an upload follows.
    assert 0 < found["caught_up_s"] <= 6 * 3600
    assert 0 < found["refused"] <= 0.05 * found["requests"] and found["refused_in_a_row"] <= 5


def test_nodes_that_are_switched_on_together_do_not_stay_together():
    # All are without power from 50,000 s to 50,098 s, and 30 uploads begin at once after that.
    order = job(1, "power_cut@50000=40")
    found = processes.lived_with_limit(order, range(30), 2, quiet)
    assert summary.fields(found)["violations"] == 0
    refused_s = [
        (us - BEGIN_US) // SECOND_US
        for end in found
        for us, is_refused in end.verdicts
        if is_refused
    ]
    assert len(refused_s) > 30 and min(refused_s) > 50_000
    # Later, three uploads seldom meet in one second, by chance.
    assert sum(each > 50_000 + 900 for each in refused_s) <= 3


def test_requests_are_decided_in_true_order_and_not_in_that_of_their_messages():
    def verdicts(messages):
        gate, found = Gate(1, 2), {}
        for crew, now_us, number in messages:
            gate.ask(crew, now_us, number, "harbor")
            gate.rise(crew, (now_us, number))
            found |= {node: is_admitted for _, node, is_admitted in gate.decided()}
        for crew in (0, 1):
            gate.rise(crew, (1 << 62, 0))
            found |= {node: is_admitted for _, node, is_admitted in gate.decided()}
        return found

    asked = [(0, 10, 1), (0, 30, 3), (1, 20, 2), (1, SECOND_US + 25, 4)]
    wanted = {1: True, 2: False, 3: False, 4: True}
    assert verdicts(asked) == verdicts(asked[2:] + asked[:2]) == wanted


def test_a_life_that_fails_ends_the_fleet_with_its_error():
    with pytest.raises(WorldError, match="--faults: unknown: not one of all"):
        processes.lived_with_limit(job(faults="unknown"), range(2), 1, quiet)


@pytest.mark.parametrize("limit", [(), (5,)], ids=["no limit", "limit"])
def test_a_process_that_is_killed_ends_the_fleet(limit):
    def kill_children():
        while not (children := active_children()):
            time.sleep(0.05)
        for each in children:
            each.kill()

    lived = processes.lived_with_limit if limit else processes.lived
    killer = Thread(target=kill_children)
    killer.start()
    with pytest.raises(ToolError, match="a process of the fleet has ended early; if the memory"):
        lived(job(365), range(2), *limit, quiet)
    killer.join()


def test_a_dask_cluster_gives_the_same_outcome():
    words = "--nodes", "4", "--days", "1", "--json"
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(host="127.0.0.1", **options) as cluster:
        assert year(*words, "--dask", cluster.scheduler_address) == year(*words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--limit", "10"), "--limit is for several nodes; add --nodes"),
        (("--dask", "tcp://127.0.0.1:9"), "--dask is for several nodes; add --nodes"),
        (("--nodes", "2", "--report", "r.html"), "--report shows the life of one node; leave"),
        (("--nodes", "2", "--limit", "1", "--engine", "vm"), "--limit needs --engine cpython"),
        (("--nodes", "2", "--limit", "1", "--dask", "x"), "--limit needs all nodes on one"),
        (("--nodes", "2", "--dask", "x://y"), "--dask: no scheduler at x://y: unknown address"),
        (("--nodes", "2", "--faults", "power_cuts"), "--faults: power_cuts: not one of all"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options_that_exclude_each_other_are_refused(words, message):
    code, output, errors = year(*words)
    assert (code, output) == (1, b"") and message in errors.decode()


def test_the_text_of_a_fleet_has_the_spread_and_the_requests():
    code, output, errors = year("--nodes", "2", "--days", "1", "--limit", "5")
    lines = output.decode().splitlines()
    assert (code, errors) == (0, b"")
    assert lines[0] == (
        "2 nodes, each a BME280, a battery and two ADC pins on firebeetle_esp32: 1 day, "
        "seeds 1 to 2"
    )
    assert any(line.split() == ["a", "node", "min", "median", "max"] for line in lines)
    assert lines[-1] == "refused by the limit: 0 (0.00 %), at most 0 in a row for one node"
