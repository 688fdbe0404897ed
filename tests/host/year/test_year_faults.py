"""Faults of a life on virtual time: their text, their effects, and lives with many of them."""

import json
import re
from collections import Counter

import pytest
from support.year.command import year
from support.year.effects import LINES
from support.year.faulty import HERE, NODES, UNDATED, case_of, check, faulty_node, live
from support.year.lives import Talking, lived, node_of
from wherry_host.errors import ToolError
from wherry_host.year.faults import fault
from wherry_host.year.faults.kinds import KINDS
from wherry_host.year.judge.kept import kept
from wherry_host.year.judge.tally import tally

POWER = ("power_cut", "brown_out", "button")
# With these, a join takes longer.
JOINS = ("channel", "lease", "roam")
CLOCK = ("drift", "ntp_wrong")
DAY_S = 86_400


def test_a_fault_is_read_as_it_is_printed():
    faults = fault.draw(3, 11)
    assert faults and fault.read(",".join(map(str, faults)), 1, 11) == faults
    assert fault.read("all", 3, 11) == faults
    several = fault.draw(3, 11, 2)
    assert fault.read(",".join(map(str, several)), 1, 11, 2) == several
    assert {each.uplink for each in several} == {0, 1, 2}
    assert [each._replace(uplink=0) for each in several] == faults
    assert {each.kind for each in fault.read("power_cut, drift", 3, 11)} == {"power_cut", "drift"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flood", "flood: not one of all, access_point, "),
        ("power_cut@3=1,flood@3=1", "flood: not one of all"),
        ("power_cut@3=101", "write KIND@SECOND=STRENGTH"),
        ("power_cut@950400=1", "power_cut@950400=1: the life has only 950400 seconds"),
        ("power_cut@3", "power_cut@3: write KIND@SECOND=STRENGTH"),
        ("denied/x@3=1", "denied/x@3=1: write KIND/UPLINK@SECOND=STRENGTH"),
        ("denied/0@3=1", "denied/0@3=1: write KIND/UPLINK@SECOND=STRENGTH"),
        ("denied/3@3=1", "denied/3@3=1: the node has 2 uplinks"),
        ("drift/1@3=1", "drift/1@3=1: drift is not a fault of one uplink; leave /1 out"),
        ("", ": not one of all"),
    ],
)
def test_a_fault_that_cannot_be_read_is_an_error(text, message):
    with pytest.raises(ToolError, match=re.escape(message)):
        fault.read(text, 1, 11, 2)


@pytest.mark.parametrize(("name", "case"), UNDATED)
def test_an_undated_row_belongs_to_its_boot_alone(name, case):
    _, found = check(name, 1, case)
    assert found.violations == 0 and found.sampled > found.delivered


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "flash_bits"])
def test_each_kind_has_its_effect_and_all_is_delivered(kind):
    # A time before the firmware's build would not be used.
    strength = 20 if kind.startswith(("line", "answer_cut")) else 81 if kind == "ntp_far" else 80
    faults = [fault.Fault(30_000, kind, strength)]
    node = faulty_node("keys" if kind == "key_replaced" else "plain")
    life = lived(node, 3, kind=Talking, faults=faults)
    found = tally(life)
    assert found.problems == [] and found.sampled > 300 and found.waiting < 60
    if kind in LINES:
        assert any(LINES[kind] in line for line in life.lines)
    elif kind in POWER:
        assert len(life.power.losses) == 1
    elif kind == "deploy":
        assert len(life.deploys.overs_us) == 1
    elif kind in JOINS:
        assert life.awake_us > lived(faulty_node("plain"), 3).awake_us + 500_000
    else:
        assert kind in CLOCK and found.worst_stamp_error_ms > 1000


# From "stage" to "row", begun with the reset button; the old firmware is stopped before and after
# its first row.
@pytest.mark.parametrize("text", ["deploy@159015=13", "deploy@193963=77"])
def test_rows_that_a_deploy_loses_with_rtc_memory_are_in_a_gap(text):
    life = lived(faulty_node("stage"), 4, faults=fault.read(text, 1, 4))
    found = tally(life)
    assert found.problems == [] and found.in_gap > 10
    assert kept(life)[0].gaps.count == 1


def test_the_ticks_of_a_boot_count_from_its_first_state():
    # The deploy ends the first run 0.13 s after its begin, and the next run begins 15 s later.
    faults = fault.read("deploy@0=13,ntp_silent@0=90,power_cut@46800=0", 0, 3)
    life = lived(faulty_node("plain"), 3, 3436, faults=faults)
    assert tally(life).problems == []
    assert [each - life.site.begin_us for each in life.power.zeros_us] == [
        15_130_000,
        46_801_000_000,
    ]


def test_a_deploy_that_removes_a_sensor_loses_only_its_readings_in_rtc_memory():
    text = "deploy@30000=4,deploy@100000=2,deploy@200000=0"
    life = lived(faulty_node("sensors"), 4, kind=Talking, faults=fault.read(text, 1, 4))
    found = tally(life)
    assert found.problems == [] and 0 < found.in_gap < 10
    # The sensor is back at the end.
    lasts_us = [columns[0].times_us[-1] for _, _, columns in found.columns]
    assert max(lasts_us) - min(lasts_us) < 60_000_000
    assert len(life.deploys.overs_us) == 3


@pytest.mark.parametrize("name", ["plain", "mains"])
def test_readings_in_damaged_flash_are_counted_and_the_others_delivered(name):
    faults = fault.read("internet@40000=90,flash_bits@140000=99", 1, 7)
    life = lived(faulty_node(name), 7, kind=Talking, faults=faults)
    found = tally(life)
    assert found.problems == [] and 0 < found.damaged < 200
    settled = found.delivered + found.waiting + found.damaged
    assert settled == found.sampled > 900 and found.waiting < 60


def test_readings_set_aside_with_stamps_of_a_wrong_time_have_their_own_measurements():
    faults = fault.read("ntp_wrong@5000=83,too_large@10000=56", 11, 2)
    found = tally(lived(faulty_node("small"), 2, 11, faults=faults))
    assert found.problems == [] and found.set_aside > 0 and found.worst_stamp_error_ms > 60_000


def test_a_server_that_refuses_all_readings_takes_no_time_from_the_others():
    faults = fault.read("too_large/1@34000=80", 1, 3, 3)
    life = lived(faulty_node("three"), 3, faults=faults)
    assert tally(life).problems == []
    begin_us = life.schedule.spans[0].begin_us
    end_us = life.schedule.spans[0].end_us
    sent = [each for each in life.site.requests() if begin_us < each.time_us < end_us]
    assert {each.api for each in sent if each.status == 413} == {"harbor_v2"}
    taken = Counter(each.api for each in sent if each.count and each.status in (200, 201, 202))
    assert set(taken) == {"here", "sensocan"} and min(taken.values()) > 0


def test_of_two_servers_that_refuse_all_readings_each_has_its_turn(tmp_path):
    node = node_of(
        tmp_path,
        node={"name": "life", "sample_every": "5 min", "send_every": "1 h"},
        uplink=NODES["three"]["uplink"],
        sensor=[
            {"driver": "bme280"},
            *({"driver": each, "prefix": f"{each}_"} for each in ("sht3x", "aht20", "tmp117")),
        ],
    )
    text = ",".join(f"too_large/1@{second}=100" for second in (80_000, 120_000, 160_000))
    faults = fault.read(f"access_point@10000=86,{text}", 1, 3, 3)
    assert tally(lived(node, 3, faults=faults)).problems == []


def test_uplinks_to_one_host_share_its_faults(tmp_path):
    harbor = {"kind": "harbor", "endpoint": "https://x.example/api/v2/ingest/1", "api_key": "k"}
    uplinks = [harbor, HERE | {"endpoint": "https://x.example"}]
    node = node_of(tmp_path, node=NODES["plain"]["node"], uplink=uplinks)
    faults = fault.read("port_closed/1@30000=80", 1, 3, 2)
    assert tally(lived(node, 3, faults=faults)).problems == []


def test_a_ds3231_gives_the_time_to_a_node_that_was_without_power_and_has_no_network():
    faults = fault.read("access_point@90000=95,power_cut@110000=90,power_cut@170000=20", 1, 5, 1)
    found = {name: tally(lived(faulty_node(name), 5, faults=faults)) for name in ("plain", "chip")}
    assert [each.problems for each in found.values()] == [[], []]
    assert found["plain"].estimated > 0 and found["chip"].estimated == 0
    assert found["chip"].worst_stamp_error_ms < 1_100


LIVES = {
    "plain": 20, "stage": 16, "three": 6, "here": 4, "sensocan": 4, "sensors": 6, "ms": 4,
    "telemetry": 3, "keys": 3, "alarm": 3, "json": 3, "chip": 4,
}  # fmt: skip


@pytest.mark.parametrize("name", [*LIVES, "mains"])
def test_lives_with_many_faults_lose_nothing(name):
    lives = [live(name, seed) for seed in range(1, 1 + LIVES.get(name, 2))]
    kinds = {each for life, _ in lives for each in life.schedule.kinds}
    assert len(kinds) > 15 and all(found.delivered > 500 for _, found in lives)


# (2^30 s after 2000, 2^32 s after 1900) less five days, in Unix s.
@pytest.mark.parametrize("begin_s", [2_020_426_624 - 5 * DAY_S, 2_085_978_496 - 5 * DAY_S])
@pytest.mark.parametrize("name", ["three", "mains"])
def test_the_ends_of_30_bits_and_of_ntps_seconds_pass_with_faults(name, begin_s):
    node = faulty_node(name, begin_s * 1_000_000)
    for seed in (1, 2):
        life = lived(node, 11, seed, faults=case_of(name, seed).faults)
        found = tally(life)
        assert (seed, found.problems) == (seed, []) and found.delivered > 500
        assert life.site.begin_us == begin_s * 1_000_000


def test_faults_on_the_command_line():
    words = "--days", "3", "--faults", "answer_lost@9000=50,power_cut@90000=60", "--json"
    code, output, _ = year(*words)
    found = json.loads(output)
    assert code == 0 and found["violations"] == 0 < found["duplicates"]
    assert found["faults"] == ["answer_lost@9000=50", "power_cut@90000=60"]
    code, output, _ = year("--days", "2", "--faults", "denied,drift")
    assert code == 0 and b"faults" in output
    code, output, errors = year("--faults", "flood")
    assert (code, output) == (1, b"")
    assert errors.startswith(b"wherry: error: --faults: flood: not one of all, access_point,")


def test_a_life_with_faults_is_the_same_again():
    first, second = (live("three", 3, 6) for _ in range(2))
    assert first[1] == second[1] and first[1].sampled > 500
    assert first[0].used_mah(first[0].clock.us) == second[0].used_mah(second[0].clock.us)
    assert first[0].site.store.points == second[0].site.store.points


@pytest.mark.parametrize("days", [1, 3])
def test_losses_before_the_next_row_in_flash_are_one_gap(days):
    text = "access_point@0=50,button@0=0,power_cut@0=0,power_cut@240=0,power_cut@3000=0"
    life = lived(faulty_node("stage"), days, 5, faults=fault.read(text, 5, days))
    assert tally(life).problems == [] and len(life.power.losses) > 3


def test_a_loss_of_power_before_the_first_request_of_an_upload_is_not_a_needless_join():
    life = lived(faulty_node("stage"), 3, 26, faults=fault.read("brown_out@0=90", 26, 3))
    assert tally(life).problems == [] and len(life.power.losses) == 1


def test_a_measurement_that_was_cut_short_does_not_take_the_place_of_the_next_one():
    text, cut_short = "brown_out@86400=98,drift@86400=80,dns_unknown@162000=100", 0
    for seed in 300, 301, 303, 321:  # whether a loss of power meets one depends on milliseconds
        found = tally(lived(faulty_node("ms"), 4, seed, faults=fault.read(text, seed, 4)))
        assert found.problems == []
        cut_short += found.cut_short
    assert cut_short


def test_a_drift_that_was_learned_from_wrong_answers_only_is_in_the_bound():
    faults = fault.read("ntp_wrong@0=0,ntp_wrong@55=80", 1, 3)
    found = tally(lived(faulty_node("plain"), 3, 1, faults=faults))
    assert found.problems == [] and 70_000 < found.worst_stamp_error_ms < 120_000
