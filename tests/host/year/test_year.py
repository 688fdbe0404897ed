"""A life on virtual time: all is delivered, it repeats, and a witness finds each lie."""

import json

import pytest
from support.year.command import year
from support.year.faulty import HERE, SENSOCAN
from support.year.lives import PLAIN, lived, node_of, usual_node
from wherry_host.config import drivers
from wherry_host.config.toml_text import toml_text
from wherry_host.demo.rig_sensors import wired
from wherry_host.errors import ToolError
from wherry_host.virtual import devices
from wherry_host.year.cpython.machine import Machine
from wherry_host.year.judge.tally import tally
from wherry_host.year.node import USUAL_BOARD

KEYS = {
    "sampled", "cut_short", "delivered", "waiting", "set_aside", "thinned", "dropped",
    "duplicates", "violations", "mah_per_day", "days_left", "awake_s_per_day",
    "wire_bytes_per_day", "handshakes_per_upload",
}  # fmt: skip
# Their models need edges, bytes or a FIFO.
ELSEWHERE = {"contact", "pulse", "hcsr04", "gps", "lis3dh"}


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


def test_secrets_and_signatures_do_not_change_a_life(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text(toml_text(PLAIN | {"uplink": [HERE]}))
    words = "--config", str(path), "--board", USUAL_BOARD, "--days", "2", "--json"
    found = year(*words)
    assert found[0] == 0 and found == year(*words, hash_seed="1")


def test_a_life_begins_at_any_day_of_the_next_decades():
    code, output, _ = year("--days", "2", "--start", "2036-02-06")
    assert code == 0 and b": 2 days from 2036-02-06, seed 1" in output.splitlines()[0]
    for day, message in (
        ("2026-11-30", b"2026-11-30: name a day from 2026-12-01 to 2049-12-31"),
        ("2036-2-6", b"2036-2-6: not a day; write it as 2026-12-01"),
        ("20360206", b"20360206: not a day; write it as 2026-12-01"),
    ):
        code, output, errors = year("--start", day)
        assert (code, output) == (1, b"") and b"wherry: error: --start: " + message in errors


def test_another_seed_is_another_life():
    first, second = (lived(usual_node(), 0.5, seed) for seed in (1, 2))
    assert first.awake_us != second.awake_us


def test_a_day_uses_the_charge_of_the_forecast():
    life = lived(usual_node(), 2)
    metered, counted = life.used_mah(life.clock.us) / 2, tally(life).node_mah / 2
    # `wherry battery` says 2.83, of which 0.10 are for failed uploads.
    assert 2.2 < metered < 3.0 and abs(counted - metered) < 0.05 * metered
    # The first upload comes before the node knows its slot.
    assert life.wake_count == 2 * (144 + 24) and life.join_count == 2 * 24 + 1


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
    node = node_of(
        tmp_path,
        node=PLAIN["node"] | {"durability": "stage"},
        uplink=[*PLAIN["uplink"], HERE, SENSOCAN],
    )
    life = lived(node)
    found = tally(life)
    assert found.problems == [] and found.sampled == 3 * 144 == found.delivered + found.waiting
    assert len(life.site.store.points) == 3
    statuses = [each.status for each in life.site.requests()]
    assert set(statuses) <= {200, 201, 202}


def test_fixed_addresses_derived_channels_and_an_endpoint_without_a_name(tmp_path):
    fixed = {"ip": "192.168.1.50/24", "gateway": "192.168.1.1"}
    uplink = {"kind": "harbor", "endpoint": "https://192.168.1.10/api/v2/ingest/1", "api_key": "k"}
    node = node_of(
        tmp_path,
        wifi=[{**PLAIN["wifi"][0], **fixed}],
        uplink=[uplink],
        sensor=[{"driver": "bme280", "derive": ["dew_point"]}],
    )
    found = tally(lived(node, 0.3))
    assert found.problems == [] and found.sampled == 3 * 44 and found.delivered > 100


def test_a_node_on_mains_samples_each_second(tmp_path):
    fast = {"name": "life", "sample_every": "1 s", "send_every": "1 min"}
    life = lived(node_of(tmp_path, node=fast, power={"source": "mains"}), 1 / 24)
    found = tally(life)
    assert found.problems == [] and life.wake_count == 1
    assert 3 * 3590 <= found.sampled <= 3 * 3600 and found.waiting <= 3 * 61


def test_modules_are_restored_as_if_they_were_executed_again():
    class Fresh(Machine):
        def run(self):
            self.program = self.new_program()
            super().run()

    ours, fresh = (lived(usual_node(), 0.3, machine=each) for each in (Machine, Fresh))
    assert ours.site.store.points == fresh.site.store.points
    assert ours.flash.memory.content == fresh.flash.memory.content
    assert ours.port.memory == fresh.port.memory
    assert ours.used_mah(ours.clock.us) == fresh.used_mah(fresh.clock.us)


# Parts that cannot be simulated


def test_a_sensor_or_board_that_cannot_be_simulated_is_refused(tmp_path):
    for driver in ("contact", "pulse"):
        with pytest.raises(ToolError, match=f"{driver}: `wherry year` cannot simulate"):
            node_of(tmp_path, sensor=[{"driver": driver, "pin": 27}])
    with pytest.raises(ToolError, match="cannot judge min, max, mean"):
        node_of(tmp_path, sensor=[{"driver": "bme280", "mean": 3}])
    with pytest.raises(ToolError, match="two uplinks to harbor"):
        node_of(tmp_path, uplink=[{**PLAIN["uplink"][0], "label": name} for name in "ab"])
    with pytest.raises(ToolError, match="cannot simulate a ring"):
        node_of(tmp_path, "virtual_ring")
    with pytest.raises(ToolError, match="the currents are unknown"):
        node_of(tmp_path, "m5stack_atom", power={"source": "battery"})


def test_errors_and_text_on_the_command_line(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text(toml_text(PLAIN | {"sensor": [{"driver": "pulse", "pin": 27}]}))
    code, output, errors = year("--config", str(path), "--board", USUAL_BOARD, "--days", "1")
    assert (code, output) == (1, b"")
    assert errors.startswith(b"wherry: error: pulse: `wherry year` cannot simulate this sensor")
    path.write_text(toml_text(PLAIN))
    code, output, errors = year("--config", str(path), "--board", USUAL_BOARD, "--days", "1")
    text = output.decode()
    assert code == 0 and errors == b""
    assert "sampled             432" in text and "TLS handshakes per upload: 1" in text
