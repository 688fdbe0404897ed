"""A life on virtual time: all is delivered, it repeats, and a witness finds each lie."""

import json
import os
import subprocess
import sys

import pytest
from support.year.lives import BOARD, PLAIN, lived, node_of, usual_node
from wherry_host.config import drivers
from wherry_host.config.toml_text import toml_text
from wherry_host.demo.rig_sensors import wired
from wherry_host.energy.meter import ChargeSum
from wherry_host.errors import ToolError
from wherry_host.server.certs import Authority
from wherry_host.virtual import devices
from wherry_host.year.life import Life
from wherry_host.year.node import chain_of
from wherry_host.year.tally import tally

KEYS = {
    "sampled", "cut_short", "delivered", "waiting", "set_aside", "thinned", "dropped",
    "duplicates", "violations", "mah_per_day", "days_left", "awake_s_per_day",
    "wire_bytes_per_day", "handshakes_per_upload",
}  # fmt: skip
# Their models need edges, bytes or a FIFO.
ELSEWHERE = {"contact", "pulse", "hcsr04", "gps", "lis3dh"}


def year(*words, hash_seed="0"):
    """Return (exit code, output, standard error) of `wherry year`."""
    done = subprocess.run(
        [sys.executable, "-m", "wherry_host.cli", "year", *words],
        capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    return done.returncode, done.stdout, done.stderr


def test_the_same_seed_prints_the_same_bytes():
    words = "--days", "4", "--seed", "7", "--json"
    found = year(*words)
    assert found == year(*words, hash_seed="1")
    code, output, errors = found
    counts = json.loads(output)
    assert (code, errors) == (0, b"") and counts.keys() >= KEYS
    assert counts["sampled"] == 4 * 144 * 6 == counts["delivered"] + counts["waiting"]
    assert counts["violations"] == counts["duplicates"] == counts["cut_short"] == 0
    assert counts["handshakes_per_upload"] == 1
    assert counts["worst_stamp_error_ms"] < 1000


def test_another_seed_is_another_life():
    first, second = (lived(usual_node(), 0.5, seed) for seed in (1, 2))
    assert first.awake_us != second.awake_us


def test_a_day_uses_the_charge_of_the_forecast():
    life = lived(usual_node(), 2)
    metered, counted = life.used_mah(life.clock.us) / 2, tally(life).node_mah / 2
    # `wherry battery` says 2.83, of which 0.10 are for failed uploads.
    assert 2.2 < metered < 3.0 and abs(counted - metered) < 0.05 * metered
    assert life.wake_count == 2 * 144 and life.join_count == 2 * 24


SIMULATED = [
    name
    for name in drivers.names()
    if name in devices.kinds() and name not in ELSEWHERE and name != "battery"
]


@pytest.mark.parametrize("names", [SIMULATED[:9], SIMULATED[9:]], ids=" ".join)
def test_each_driver_is_sampled_and_delivered(names, tmp_path):
    sections, _ = wired(names)
    node = node_of(tmp_path, "virtual", sensor=[*sections, {"driver": "battery"}])
    life = lived(node, 0.5)
    found = tally(life)
    counts = {name: len(each) for name, each in life.site.witness.samples.items()}
    assert len(names) > 6 and found.problems == []
    assert set(counts.values()) == {72} and found.sampled == 72 * len(counts)
    assert found.delivered + found.waiting == found.sampled


def test_rows_in_rtc_memory_reach_each_of_several_servers(tmp_path):
    here = {
        "kind": "here",
        "device_id": "47164fb0-b7b3-49e8-891b-650270b82cf2",
        "device_secret": "s" * 43,
    }
    sensocan = {
        "kind": "sensocan",
        "device_uuid": "a1b2c3d4-e5f6-7890-abcd-ef1234567891",
        "token": "t" * 43,
        "channels": "sensors",
        "names": {"temperature": "7a8b9c0d-1234-5678-90ab-00000000aaaa", "humidity": "damp"},
    }
    node = node_of(
        tmp_path,
        node=PLAIN["node"] | {"durability": "stage"},
        uplink=[*PLAIN["uplink"], here, sensocan],
    )
    life = lived(node)
    found = tally(life)
    assert found.problems == [] and found.sampled == 3 * 144 == found.delivered + found.waiting
    assert len(life.site.store.points) == 3
    statuses = [status for server in life.site.services.values() for status in server.statuses]
    assert set(statuses) <= {200, 201, 202}


def test_a_node_on_mains_samples_each_second(tmp_path):
    fast = {"name": "life", "sample_every": "1 s", "send_every": "1 min"}
    life = lived(node_of(tmp_path, node=fast, power={"source": "mains"}), 1 / 24)
    found = tally(life)
    assert found.problems == [] and life.wake_count == 1
    assert 3 * 3590 <= found.sampled <= 3 * 3600 and found.waiting <= 3 * 61


def test_modules_are_restored_as_if_they_were_executed_again():
    class Fresh(Life):
        def _run_program(self):
            self.program = self.new_program()
            super()._run_program()

    ours, fresh = (lived(usual_node(), 0.3, kind=kind) for kind in (Life, Fresh))
    assert ours.site.store.points == fresh.site.store.points
    assert ours.flash.memory.content == fresh.flash.memory.content
    assert ours.port.memory == fresh.port.memory
    assert ours.used_mah(ours.clock.us) == fresh.used_mah(fresh.clock.us)


# Lies: the points of a request that a lying server stores.


def less(points):
    return points[1:]


def wrong(points):
    return [(*points[0][:3], points[0][3] + 1), *points[1:]]


def late(points):
    device, channel, time_us, value = points[0]
    return [(device, channel, time_us + 1_000_000, value), *points[1:]]


def more(points):
    device, channel, time_us, value = points[0]
    return [*points, (device, channel, time_us + 1_000_000, value)]


def again(points):
    return [*points, points[0]]


@pytest.mark.parametrize(
    ("lie", "text"),
    [
        (less, "is lost"),
        (wrong, "not "),
        (late, "ms off"),
        (more, "was not measured"),
        (again, "came again"),
    ],
)
def test_a_witness_finds_what_the_server_does_not_have_as_measured(lie, text):
    def prepare(life):
        add = life.site.store.add
        life.site.store.add = lambda api, points, *rest: add(api, lie(points), *rest)

    found = tally(lived(usual_node(), 0.2, prepare=prepare))
    assert found.violations and all(text in each for each in found.problems)


def test_a_row_that_a_node_on_mains_forgets_is_lost(tmp_path):
    def prepare(life):
        add = life.site.store.add
        life.site.store.add = lambda api, points, *rest: add(api, less(points), *rest)

    fast = {"name": "life", "sample_every": "10 s", "send_every": "1 min"}
    node = node_of(tmp_path, node=fast, power={"source": "mains"})
    found = tally(lived(node, 1 / 48, prepare=prepare))
    assert found.violations > 20 and found.cut_short == 0


def test_a_fault_of_the_program_is_a_violation():
    def prepare(life):
        # An ordinary assignment would be undone before the next run.
        vars(life.program.load("app"))["_made"] = None

    found = tally(lived(usual_node(), 0.05, prepare=prepare))
    assert found.violations and "the program failed" in found.problems[0]


def test_a_charge_that_the_node_counts_wrong_is_a_violation():
    def prepare(life):
        life.charge = ChargeSum(life.site.node.usual | {"sleep_ma": 1}, life.clock.us)

    found = tally(lived(usual_node(), 0.2, prepare=prepare))
    assert [each for each in found.problems if "the node counts" in each]


def test_nothing_is_sent_to_a_server_with_another_authority():
    other = chain_of(Authority(), ["harborscale.com"])

    def prepare(life):
        for server in life.site.services.values():
            server.chain = other

    life = lived(usual_node(), 0.3, prepare=prepare)
    found = tally(life)
    assert found.problems == [] and found.delivered == 0 and found.waiting == found.sampled > 0
    assert life.site.network.shake_count > 1
    assert [server.statuses for server in life.site.services.values()] == [{}]


# Parts that cannot be simulated


def test_a_sensor_or_board_that_cannot_be_simulated_is_refused(tmp_path):
    for driver in ("contact", "pulse"):
        with pytest.raises(ToolError, match=f"{driver}: `wherry year` cannot simulate"):
            node_of(tmp_path, sensor=[{"driver": driver, "pin": 27}])
    with pytest.raises(ToolError, match="cannot simulate a ring"):
        node_of(tmp_path, "virtual_ring")
    with pytest.raises(ToolError, match="the currents are unknown"):
        node_of(tmp_path, "m5stack_atom", power={"source": "battery"})


def test_errors_and_text_on_the_command_line(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text(toml_text(PLAIN | {"sensor": [{"driver": "pulse", "pin": 27}]}))
    code, output, errors = year("--config", str(path), "--board", BOARD, "--days", "1")
    assert (code, output) == (1, b"")
    assert errors.startswith(b"wherry: error: pulse: `wherry year` cannot simulate this sensor")
    path.write_text(toml_text(PLAIN))
    code, output, errors = year("--config", str(path), "--board", BOARD, "--days", "1")
    text = output.decode()
    assert code == 0 and errors == b""
    assert "sampled             432" in text and "TLS handshakes per upload: 1" in text
