"""The engine `vm`: a fresh MicroPython in each wake lives the life of the engine `cpython`."""

import gc
import json
from pathlib import Path

import pytest
from support.year.command import year
from support.year.faulty import case_of, faulty_node
from support.year.lives import PLAIN, lived, node_of
from wherry_host.virtual.image import Image
from wherry_host.year.faults import fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.outcome import fields
from wherry_host.year.vm import machine
from wherry_host.year.vm.machine import Machine
from wherry_host.year.world.clock import WorldError

DAYS = 11


def lived_twice(node, days, seed, faults=()):
    """Return [(outcome, points at the servers), …] of a life with each engine."""
    lives = [lived(node, days, seed, faults=faults, machine=each) for each in (None, Machine)]
    return [(fields(life, tally(life), faults), life.site.store.points) for life in lives]


def test_both_engines_print_the_same_bytes():
    words = "--days", "3", "--seed", "7", "--json"
    found = year(*words, "--engine", "vm")
    assert found == year(*words)
    assert found[0] == 0 and json.loads(found[1])["delivered"] > 2_000


def test_a_node_on_mains_lives_the_same_life_in_its_only_wake():
    first, second = lived_twice(faulty_node("mains"), 3, 1)
    assert first == second
    assert first[0]["violations"] == 0


@pytest.mark.parametrize("name", ["plain", "sensors", "three"])
def test_both_engines_live_the_same_life_with_faults(name):
    case = case_of(name, 1, DAYS)
    first, second = lived_twice(faulty_node(name), DAYS, 1, case.faults)
    assert first == second
    assert first[0]["violations"] == 0 and first[0]["delivered"] > 800


def test_both_engines_send_the_same_gzip(tmp_path):
    harbor = PLAIN["uplink"][0]
    sizes = {}
    for wanted in ("off", "on"):
        node = node_of(
            tmp_path,
            node={"name": "life", "sample_every": "10 min", "send_every": "6 h"},
            uplink=[harbor | {"gzip": wanted}],
        )
        machines = [None, Machine] if wanted == "on" else [None]
        lives = [lived(node, 1, machine=each) for each in machines]
        assert [tally(life).problems for life in lives] == [[]] * len(lives)
        found = [[each.size for each in life.site.requests()] for life in lives]
        assert found[0] == found[-1]
        sizes[wanted] = [each.size for each in lives[0].site.requests() if each.count]
    assert len(sizes["on"]) == len(sizes["off"]) > 3
    # The names of the node's own channels are text once in each body.
    assert sum(sizes["on"]) < sum(sizes["off"]) / 6


def test_both_engines_thin_the_same_rows_of_a_full_flash():
    faults = fault.read("internet@5000=99", 0, 1)
    first, second = lived_twice(faulty_node("small"), 1, 1, faults)
    assert first == second
    assert first[0]["violations"] == 0 and first[0]["thinned"] > 100


def test_both_engines_deploy_the_same_configurations():
    faults = fault.read("deploy@60000=13,deploy@133000=21,deploy@170000=6", 0, 3)
    first, second = lived_twice(faulty_node("sensors"), 3, 1, faults)
    assert first == second
    assert first[0]["violations"] == 0 and first[0]["delivered"] > 800


def test_the_power_fails_in_the_middle_of_a_flash_operation():
    times = ",".join(f"brown_out@{20_000 + 9_000 * i}={i % 7}" for i in range(30))
    life = lived(faulty_node("plain"), 4, faults=fault.read(times, 0, 4), machine=Machine)
    found = tally(life)
    assert sum(loss.is_in_flash for loss in life.power.losses) > 10
    assert found.problems == [] and found.delivered > 400


def test_a_process_is_replaced_and_leaves_nothing_open(monkeypatch):
    monkeypatch.setattr(machine, "_RUN_COUNT_MAX", 3)
    before = open_files()
    assert tally(lived(faulty_node("plain"), 0.5, machine=Machine)).problems == []
    assert open_files() == before


def open_files():
    # The lives of earlier tests may still hold files.
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("is_waited_for", [False, True])
def test_a_process_that_was_killed_is_an_error_of_the_world(is_waited_for):
    class Killed(Machine):
        def run(self):
            if self._process:
                self._process.kill()
                if is_waited_for:
                    # Its end of the link is closed, which the first message meets.
                    self._process.wait()
            super().run()

    with pytest.raises(WorldError, match="MicroPython has ended"):
        lived(faulty_node("plain"), 0.5, machine=Killed)


def test_errors_of_the_program_are_found(tmp_path):
    node = node_of(tmp_path)
    path = tmp_path / "flash.img"
    path.write_bytes(node.image)
    with Image(path) as image:
        image.fs.remove("/a.app")
    node.image = path.read_bytes()
    life = lived(node, 0.01, machine=Machine)
    assert life.wake_count > 10
    assert [text for _, text in life.errors] == [
        "OSError: no complete slot: deploy again"
    ] * life.wake_count
