"""A board that speaks several dialects at once: its account balances for each of them."""

import json
import re
from datetime import UTC, datetime

from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.demo.rig import Rig

# Half a second of the computer for each sample: a busy one takes less.
_CONFIG = {"node": {"sample_every": "1500 ms", "send_every": "6 s"}}
_DIALECTS = ("harbor", "harbor_v1", "sensocan", "here")
_SCALE = 3


def _delivered(rig, labels, since):
    """Wait until each uplink has delivered something after a line of the console."""
    for label in labels:
        rig.board.wait_line(f" {label}: delivered", since=since)
    return len(rig.board.lines)


def test_each_of_four_dialects_balances():
    with Rig(scale=_SCALE, config=_CONFIG, uplinks=_DIALECTS) as rig:
        rig.deploy_image()
        labels = [uplink["label"] for uplink in rig.config.typed["uplink"]]
        rig.board.start()
        since = _delivered(rig, labels, 0)
        # The batches are stored, but the answers are lost. Only Harbor recognises repeats.
        drops = [{"kind": "drop", "api": api, "times": 1} for api in ("sensocan", "here")]
        rig.service.set_faults(*drops, {"kind": "drop", "api": "harbor_v1", "times": 1})
        # Each of the three batches is sent again.
        since = _delivered(rig, labels, since)
        _delivered(rig, labels, since)
        assert not rig.service.faults.all()
        account = rig.account()
        tables = {table.label: table for table in rig.tables()}
    assert account.problems == []
    assert list(account.uplinks) == labels == ["harbor", "harbor-v1", "sensocan", "here"]
    for label, counts in account.uplinks.items():
        assert counts.sampled == account.counts.sampled
        assert counts.delivered > 20 and bool(counts.others) == (label == "sensocan")
        stored = len(tables[label].points)
        if label == "sensocan":
            stored -= counts.duplicates
        assert counts.delivered == stored
        assert (counts.duplicates > 0) == (label in ("sensocan", "here")), (label, counts)
    # SensoCan was given names: its table has only channels of the node.
    assert {point[0] for point in tables["sensocan"].points} >= {"temperature", "battery_voltage"}
    assert account.counts.delivered <= min(each.delivered for each in account.uplinks.values()) + (
        account.uplinks["sensocan"].others
    )


def _rotate(apis, key):
    """Make every server accept only this key, and no token issued for another one."""
    for api in (apis["harbor"], apis["harbor_v1"]):
        api.keys = dict.fromkeys(api.keys, key)
    for name, secret in (("sensocan", "token"), ("here", "secret")):
        for device in apis[name].devices.values():
            setattr(device, secret, key)
    for device_id in apis["here"].devices:
        apis["here"].tokens.revoke(device_id)


def test_keys_that_change_during_a_backlog_cost_no_reading():
    keys = {"harbor": "api_key", "harbor_v1": "api_key", "sensocan": "token"}
    keys["here"] = "device_secret"
    new_key = "n" * 43
    uplinks = [
        (name, lambda section, key=key: {key: [section[key], new_key]})
        for name, key in keys.items()
    ]
    with Rig(scale=_SCALE, config=_CONFIG, uplinks=uplinks) as rig:
        rig.deploy_image()
        labels = [uplink["label"] for uplink in rig.config.typed["uplink"]]
        rig.board.start()
        since = _delivered(rig, labels, 0)
        rig.service.set_faults({"kind": "status", "status": 503})
        rig.board.wait_line("503", since=since)
        rig.board.wait_line("row", since=len(rig.board.lines))
        since = len(rig.board.lines)
        _rotate(rig.service.apis, new_key)
        rig.service.set_faults()
        for label in labels:
            rig.board.wait_line(f" {label}: refused; trying key 2 of 2", since=since)
        _delivered(rig, labels, since)
        # It is remembered without power, too.
        rig.board.cut()
        since = len(rig.board.lines)
        rig.board.power_on()
        _delivered(rig, labels, since)
        after = [text for _, text in rig.board.lines[since:]]
        account = rig.account()
        tables = {table.label: table for table in rig.tables()}
    assert account.problems == [] and not [text for text in after if "trying key" in text]
    for label, counts in account.uplinks.items():
        assert counts.set_aside == 0 and counts.delivered > 20, (label, counts)
        assert len(tables[label].points) == counts.delivered + counts.duplicates, (label, counts)


def _stored(rig):
    """Return {label: {(channel, time in us, value)}} of the servers' tables."""
    return {table.label: {point[:3] for point in table.points} for table in rig.tables()}


def test_each_server_gets_its_lost_readings_back():
    with Rig(scale=_SCALE, config=_CONFIG, uplinks=_DIALECTS) as rig:
        rig.deploy_image()
        labels = [uplink["label"] for uplink in rig.config.typed["uplink"]]
        rig.board.start()
        since = 0
        for _ in range(3):
            since = _delivered(rig, labels, since)
        before = _stored(rig)
        # All rows up to this point are delivered to all.
        newest_s = min(max(us for _, us, _ in points) for points in before.values()) // 1_000_000
        end = datetime.fromtimestamp(newest_s - 1, UTC)
        rig.lose_points("time_us < ?", newest_s * 1_000_000)
        kept = _stored(rig)
        window = ["--from", "2026-01-01T00:00:00Z", "--to", end.isoformat()]
        result = CliRunner().invoke(app, ["queue", "replay", rig.board.port, *window])
        assert result.exit_code == 0, result.output
        after = _stored(rig)
        account = rig.account()
    # No reading is there twice, even where a copy would be kept.
    assert account.problems == []
    for label in labels:
        lost = len(before[label] - kept[label])
        assert lost > 20 and before[label] <= after[label], label
        assert re.search(rf"\nreplay-{label}: done, \d+ sent again, 0 refused\n", result.stdout)
        # Readings are sent in batches, not one at a time.
        sent = [text for _, text in rig.board.lines if f"order: replay-{label}: " in text]
        assert len(sent) <= 3 + lost // 50, (lost, sent)
    for label in ("sensocan", "here"):
        assert f"{label}: this server may store the replayed readings twice\n" in result.stderr


def _set_aside(rig, labels):
    """Return the list of readings set aside, once it has some of each uplink.

    A search that the clock of a busy computer cuts short continues in the next upload.
    """
    since = 0
    while True:
        _delivered(rig, labels, since)
        listed = CliRunner().invoke(app, ["queue", "aside", rig.board.port, "--json"])
        aside = json.loads(listed.stdout)
        if {each["uplink"] for each in aside} == set(labels):
            return aside
        since = len(rig.board.lines)


def test_each_server_finally_accepts_the_readings_it_refused():
    labels = ("sensocan", "here")
    faults = [{"kind": "poison", "api": api, "channel": "battery_voltage"} for api in labels]
    with Rig(scale=_SCALE, config=_CONFIG, uplinks=labels) as rig:
        rig.deploy_image()
        rig.service.set_faults(*faults)
        rig.board.start()
        for label in labels:
            rig.board.wait_line(f" {label}: refused")
        aside = _set_aside(rig, labels)
        port = rig.board.port
        rig.service.set_faults()
        result = CliRunner().invoke(app, ["queue", "resend", port])
        assert result.exit_code == 0, result.output
        left = json.loads(CliRunner().invoke(app, ["queue", "aside", port, "--json"]).stdout)
        account = rig.account()
    assert {each["channel"] for each in aside} == {"battery_voltage"}
    assert left == [] and account.problems == []
    for label, counts in account.uplinks.items():
        # More readings may have been refused between the list and the order.
        reported = re.search(rf"\nresend-{label}: done, (\d+) sent", "\n" + result.stdout)
        assert int(reported[1]) >= sum(each["uplink"] == label for each in aside) > 0
        # A batch interrupted by an order's Ctrl-C may be repeated: the account has judged that.
        assert counts.set_aside == 0
