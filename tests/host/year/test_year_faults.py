"""Faults of a life on virtual time: their text, their effects, and lives with many of them."""

import json
import re

import pytest
from support.year.command import year
from support.year.faulty import faulty_node, live
from support.year.lives import Talking, lived
from wherry_host.errors import ToolError
from wherry_host.year.faults import fault
from wherry_host.year.faults.kinds import KINDS
from wherry_host.year.tally import tally

SILENT = "name server 192.168.4.1 does not answer"
RESET, LATE = "the server refused or reset the connection", "no answer in time"
#: {kind: a line of the console}.
LINES = {
    "access_point": "network not found", "internet": SILENT, "dns_silent": SILENT,
    "dns_unknown": "no such name", "dns_forged": SILENT, "ntp_silent": "no time from",
    "ntp_kiss": "kiss of death RATE", "ntp_unsynchronised": "server has no time",
    "ntp_forged": "no time from", "certificate_expired": "validity has expired",
    "certificate_early": "validity starts in the future",
    "certificate_other": "not correctly signed by the trusted CA",
    "certificate_name": "does not match with the expected CN", "port_closed": RESET,
    "silence": LATE, "line_cut": RESET, "answer_cut": RESET, "line_stall": LATE,
    "answer_lost": RESET, "moved": "HTTP 301", "refused": "HTTP 400", "denied": "HTTP 401",
    "forbidden": "HTTP 403", "missing": "HTTP 404", "timed_out": "HTTP 408",
    "too_large": "HTTP 413", "busy": "HTTP 429; again in",
    "busy_until": "HTTP 429; next try in 30",
    "server_error": "HTTP 500", "bad_gateway": "HTTP 502", "unavailable": "HTTP 503",
    "bad_channel": "HTTP 400", "stored_less": "the server took 0 of 1",
    "sensor_absent": "no answer", "sensor_timeout": "bus timeout", "sensor_stuck": "not ready",
}  # fmt: skip
POWER = ("power_cut", "brown_out", "button")
# With these, a join takes longer.
JOINS = ("channel", "lease")
CLOCK = ("drift", "ntp_wrong")


def test_a_fault_is_read_as_it_is_printed():
    faults = fault.draw(3, 11)
    assert faults and fault.read(",".join(map(str, faults)), 1, 11) == faults
    assert fault.read("all", 3, 11) == faults
    assert {each.kind for each in fault.read("power_cut, drift", 3, 11)} == {"power_cut", "drift"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flood", "flood: not one of all, access_point, "),
        ("power_cut@3=1,flood@3=1", "flood: not one of all"),
        ("power_cut@3=101", "write KIND@SECOND=STRENGTH"),
        ("power_cut@950400=1", "power_cut@950400=1: the life has only 950400 seconds"),
        ("power_cut@3", "power_cut@3: write KIND@SECOND=STRENGTH"),
        ("", ": not one of all"),
    ],
)
def test_a_fault_that_cannot_be_read_is_an_error(text, message):
    with pytest.raises(ToolError, match=re.escape(message)):
        fault.read(text, 1, 11)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_effect_and_all_is_delivered(kind):
    strength = 20 if kind.startswith(("line", "answer_cut")) else 80
    faults = [fault.Fault(30_000, kind, strength)]
    life = lived(faulty_node("plain"), 3, kind=Talking, faults=faults)
    found = tally(life)
    assert found.problems == [] and found.sampled > 300 and found.waiting < 60
    if kind in LINES:
        assert any(LINES[kind] in line for line in life.lines)
    elif kind in POWER:
        assert len(life.power.losses) == 1
    elif kind in JOINS:
        assert life.awake_us > lived(faulty_node("plain"), 3).awake_us + 500_000
    else:
        assert kind in CLOCK and found.worst_stamp_error_ms > 1000


LIVES = {"plain": 20, "stage": 16, "three": 6, "here": 4, "sensocan": 4, "sensors": 6, "ms": 4}


@pytest.mark.parametrize("name", [*LIVES, "mains"])
def test_lives_with_many_faults_lose_nothing(name):
    lives = [live(name, seed) for seed in range(1, 1 + LIVES.get(name, 2))]
    kinds = {each for life, _ in lives for each in life.schedule.kinds}
    assert len(kinds) > 15 and all(found.delivered > 500 for _, found in lives)


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
