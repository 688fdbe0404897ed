"""The effects of each answer on a board: waiting, reporting, halving, setting aside, no copies."""

import re
from itertools import pairwise

import pytest
from support.boards.spine import API_KEY, Spine
from wherry_host.account.spec import files as spec_files

ODD_MV = 2344
# Voltage of the battery's pin, for one reading.
SAMPLES = 8


@pytest.fixture
def spine(tmp_path):
    with Spine(tmp_path, 10) as running:
        yield running.start()


def settled(spine):
    """Wait until nothing waits, cut the power and return the account's counts."""
    spine.drained()
    return spine.settled()


def received(spine, status):
    """Return the times of the requests that had this answer, in true Unix us."""
    return [each["received_us"] for each in spine.requests() if each["status"] == status]


def test_429_is_not_asked_again_before_retry_after(spine):
    spine.drained()
    spine.service.set_faults({"kind": "status", "status": 429, "retry_after_s": 20, "times": 1})
    spine.wait("harbor: HTTP 429; next try in 20 s")
    settled(spine)
    (refused_us,) = received(spine, 429)
    assert min(us for us in received(spine, 202) if us > refused_us) >= refused_us + 20_000_000


def reported_waits_s(spine, words):
    """Return the seconds until the next try that the node has printed with these words."""
    pattern = re.compile(rf"{words}; next try in (\d+) s")
    return [
        int(found[1]) for _, text in list(spine.board.lines) if (found := pattern.search(text))
    ]


def test_401_slows_down_and_is_reported_and_keeps_everything(spine):
    spine.drained()
    spine.service.apis["harbor"].keys["1042"] = "another key"
    spine.wait(r"harbor: HTTP 401: check api_key; next try in (1[5-9]|[2-9]\d|\d{3,}) s")
    waits_s = reported_waits_s(spine, "harbor: HTTP 401: check api_key")
    spine.clock.sleep(10)
    times_us = [*received(spine, 401), spine.clock.now_us()]
    for wait_s, (early_us, late_us) in zip(waits_s, pairwise(times_us), strict=False):
        assert late_us - early_us >= min(wait_s, 10) * 1_000_000
    spine.service.apis["harbor"].keys["1042"] = API_KEY
    counts = settled(spine)
    assert counts["set_aside"] == 0 and counts["delivered"] > 60


def odd_readings(spine):
    """Let the battery show an odd voltage; return how many readings may have it."""
    spine.board.battery(ODD_MV)
    # Consecutive samples for two readings include at least one whole reading.
    while odd_samples(spine) < 2 * SAMPLES:
        spine.wait("row ", since=spine.mark())
    spine.board.battery(4050)
    spine.wait("row ", since=spine.mark())
    return odd_samples(spine) // SAMPLES + 2


def odd_samples(spine):
    odd = "battery_mv", ODD_MV
    return sum((each["channel"], each["value"]) == odd for each in spine.board.truth)


@pytest.mark.parametrize(("kind", "status", "reason"), [
    ("poison", 400, "HTTP 400"),
    ("short", 202, "the server took 0 of 1"),
])  # fmt: skip
def test_a_poisonous_reading_is_set_aside_alone(spine, kind, status, reason):
    fault = {"kind": kind, "channel": "battery_voltage", "value": ODD_MV / 1000}
    spine.drained()
    spine.service.set_faults(fault)
    odd_count = odd_readings(spine)
    spine.wait(f"harbor: refused, {reason}")
    counts = settled(spine)
    (content,) = spine.files("data/aside/").values()
    aside = spec_files.read_aside(content)
    assert counts["set_aside"] == len(aside) and 1 <= len(aside) <= odd_count
    assert [(entry[7], entry[3]) for entry in aside] == [("battery_voltage", ODD_MV)] * len(aside)
    assert [(entry[6], *entry[8:]) for entry in aside] == [(status, reason, "harbor")] * len(aside)
    values = [value for (name, _), (value, _) in spine.stored().items() if name[:3] == "bat"]
    assert ODD_MV / 1000 not in values and len(values) > 4


def test_a_web_page_in_the_place_of_the_answer_is_no_delivery(spine):
    spine.drained()
    spine.service.set_faults({"kind": "page"})
    since = spine.mark()
    spine.wait(
        'harbor: HTTP 200, but a web page: "Sign in to this network"; next try', since=since
    )
    before = len(spine.stored())
    spine.wait("harbor: HTTP 200, but a web page", since=spine.mark())
    assert len(spine.stored()) == before
    spine.service.set_faults()
    counts = settled(spine)
    assert counts["set_aside"] == 0 and counts["delivered"] > before


def test_an_answer_lost_after_the_commit_duplicates_nothing(spine):
    spine.drained()
    spine.service.set_faults({"kind": "drop", "times": 2})
    # Only a new connection meets a fault of the wire.
    spine.service.proxy.cut()
    while spine.service.faults.all():
        spine.wait("delivered|next try in", since=spine.mark())
    counts = settled(spine)
    assert counts["set_aside"] == 0
    assert spine.copies() > 0
