"""Several uplinks on one queue: each is independent of the others, and no reading is lost."""

import random

from support.node.chip import SEED, SETTINGS, TRUE_AT_START
from support.node.site import HARBOR, SENSORS, Site, check_ledgers
from support.uplinks.sensocan_server import TOKEN
from wherry import small_file
from wherry.uplinks.harbor import dialect as harbor
from wherry.uplinks.sensocan import dialect as sensocan

HOUR_MS = 3_600_000
# Long enough for hours of back-off.
SLOW = dict(SETTINGS, node=dict(SETTINGS["node"], sample_every_ms=60_000, send_every_ms=120_000))


def test_a_dead_server_holds_up_no_other():
    random.seed(SEED)
    for dead, alive in (("a.test", 1), ("h.test", 0)):
        site = Site()
        site.silent.add(dead)
        node = site.boot()
        worst = 0
        for minute in range(1, 16):
            site.go_on(node, TRUE_AT_START + 60_000 * minute)
            worst = max(worst, 2 * len(site.log) - site.stored()[alive])
        # Per minute, six rows of two readings are added; each attempt at a dead server takes 20 s.
        assert worst <= 24, (dead, worst)
        assert site.stored()[1 - alive] == 0
        site.silent.clear()
        site.go_on(node, site.true_ms + HOUR_MS // 2)
        assert min(site.stored()) > 2 * len(site.log) - 20
        check_ledgers(node)


def test_a_dialect_that_cannot_be_read_holds_up_no_other():
    for source in "mains", "battery":
        random.seed(SEED)
        site = Site(dict(SETTINGS, power={"source": source}))
        node = site.boot()
        node.uploads[0].dialect_name = "support.queue.unreadable"
        site.go_on(node, site.true_ms + 10_000)
        # The other uplink sends in the same turn, after the uplink that failed.
        assert "a: flash: [Errno 5] EIO" in "\n".join(site.lines) and site.b_server.forms, source
        site.go_on(node, TRUE_AT_START + HOUR_MS // 2)
        assert site.stored()[0] == 0 and site.stored()[1] > 2 * len(site.log) - 20
        node.uploads[0].dialect_name = harbor.__name__
        site.go_on(node, site.true_ms + HOUR_MS // 2)
        assert min(site.stored()) > 2 * len(site.log) - 20
        check_ledgers(node)


def test_each_uplink_has_its_own_cadence():
    random.seed(SEED)
    site = Site(send_every_ms=600_000)
    node = site.run(TRUE_AT_START + HOUR_MS // 2)
    assert 3 <= len(site.b_server.forms) <= 8 and site.server.requests > 50
    # The cadence is kept across restarts, because the state has each uplink's due time.
    before = len(site.b_server.forms)
    for _ in range(10):
        node = site.boot()
        site.go_on(node, site.true_ms + 30_000)
    assert len(site.b_server.forms) - before <= 2
    check_ledgers(node)


def test_a_refusal_is_reported_by_alert_led_and_the_other_uplink():
    random.seed(SEED)
    rare = dict(SLOW["node"], sample_every_ms=600_000, send_every_ms=1_200_000)
    site = Site(dict(SLOW, node=rare, alert={"url": "https://alert.test/x", "ca": ()}))
    node = site.boot()
    site.go_on(node, TRUE_AT_START + HOUR_MS)
    assert not site.alerts and not getattr(site, "is_lit", False)
    site.b_server.token = "another"
    site.go_on(node, site.true_ms + 30 * HOUR_MS)
    assert site.is_lit and len(site.alerts) == 2, site.alerts
    assert site.alerts[0]["node"] == "n" and site.alerts[0]["uplink"] == "b"
    assert "401" in site.alerts[0]["status"] and "token" in site.alerts[0]["remedy"]
    # A key is sent only to its own server.
    assert site.alert_headers == [(("Content-Type", "application/json"),)] * 2
    assert TOKEN not in str(site.alerts) and HARBOR["api_key"] not in str(site.alerts)
    denied = [v for k, v in sorted(site.server.points.items()) if k[2] == "node_denied"]
    assert denied[0] == 0 and denied[-1] == 2
    assert node.uploads[1].ledger.denied_s
    # The refused uplink keeps its readings and sends less often; the other uplink continues.
    assert site.stored()[0] > 2 * len(site.log) - 20
    site.b_server.token = TOKEN
    site.go_on(node, site.true_ms + 3 * HOUR_MS)
    assert not site.is_lit and min(site.stored()) > 2 * len(site.log) - 20
    check_ledgers(node)


def test_a_failed_alert_is_sent_again_after_an_hour():
    random.seed(SEED)
    site = Site(dict(SETTINGS, alert={"url": "https://alert.test/x", "ca": ()}))
    site.b_server.token, site.alert_status = "another", 500
    node = site.boot()
    # The uplink is refused several times before the alert is sent again.
    site.go_on(node, TRUE_AT_START + HOUR_MS)
    assert len(site.alerts) == 1 and len(site.b_server.forms) > 3
    site.go_on(node, site.true_ms + 3 * HOUR_MS)
    assert 2 <= len(site.alerts) <= 4
    check_ledgers(node)


def test_the_next_key_is_tried_and_remembered():
    random.seed(SEED)
    site = Site(token=[TOKEN, "token-2", "token-3"])
    node = site.boot()
    site.go_on(node, TRUE_AT_START + 600_000)
    site.b_server.token = "token-3"
    site.go_on(node, site.true_ms + 60_000)
    assert min(site.stored()) > 2 * len(site.log) - 20
    node = site.boot()
    assert node.uploads[1].settings["token"] == "token-3"
    refused = []
    answer = site.b_server._answer

    def counted(*arguments):
        found = answer(*arguments)
        refused.extend([1] if found[0] == 401 else [])
        return found

    site.b_server._answer = counted
    site.go_on(node, site.true_ms + 600_000)
    assert not refused
    site.b_server.token = "none of them"
    site.go_on(node, site.true_ms + 60_000)
    assert len(refused) % 3 == 0 < len(refused) and "all 3 keys" in "".join(site.lines)


def test_an_unknown_channel_is_held_and_the_other_channels_continue():
    for unknown in (404, 422):
        random.seed(SEED)
        site = Site(SLOW)
        site.b_names = {"humidity": "rhh"}
        site.b_server.unknown = unknown
        node = site.run(TRUE_AT_START + HOUR_MS)
        assert "humidity is held" in "".join(site.lines), site.lines[-20:]
        assert len(node.uploads) == 3 and node.uploads[2].name[:2] == "b~"
        assert len(site.b_server.points) > len(site.log) - 10
        assert site.b_server.copies() == 0 and node.uploads[1].ledger.set_aside == 0
        check_ledgers(node)
        # After a restart, the held channel's uplink is of the same kind again.
        held = site.boot().uploads[2]
        assert held.remembers and type(held.session) is sensocan.Session
        # The owner corrects the name, and a deploy restarts the node.
        site.b_names = {"humidity": "rh"}
        node = site.run(site.true_ms + 2 * HOUR_MS)
        assert min(site.stored()) > 2 * len(site.log) - 20, site.stored()
        assert len(node.uploads) == 2 and site.b_server.copies() == 0
        check_ledgers(node)
        assert node.uploads[1].ledger.delivered == len(site.b_server.points)


def test_only_values_of_the_right_type_are_read_from_a_sessions_file():
    for content, alone, held in (
        (b'{"alone": 4, "slower_s": 9, "held": ["humidity"], "now": [1, 2]}', 4, ["humidity"]),
        (b'{"slower": "4", "slower_s": null, "held": {"humidity": 1}, "alone": true}', 0, []),
        (b'["held"]', 0, []), (b'{"held": [', 0, []), (b"\xff", 0, []), (b"", 0, []),
    ):  # fmt: skip
        site = Site()
        small_file.make_folder(site.root + "/sessions")
        small_file.write(site.root + "/sessions/b", content)
        session = site.boot().uploads[1].session
        assert (session.alone, session.held) == (alone, held), content
        assert session.now == (0, 0), content


def test_a_wrong_device_is_refused_as_a_whole():
    random.seed(SEED)
    site = Site(SLOW)
    site.b_server.sensors = {}
    node = site.run(TRUE_AT_START + HOUR_MS // 2)
    assert node.uploads[1].ledger.denied_s or len(node.uploads) == 4
    assert sum([upload.ledger.set_aside for upload in node.uploads]) == 0
    site.b_server.sensors = dict(SENSORS)
    node = site.run(site.true_ms + 3 * HOUR_MS)
    assert min(site.stored()) > 2 * len(site.log) - 20
    assert site.b_server.copies() == 0
    check_ledgers(node)


def test_lives_with_crashes_and_faults():
    seed = SEED
    random.seed(seed)
    crashes = 0
    for life in range(2):
        site = Site(SLOW)
        site.crash_in = random.randint(100, 800)
        for _ in range(4):
            site.silent = {random.choice(("a.test", "h.test", ""))}
            site.b_server.unknown = random.choice((404, 422))
            site.b_names = {"humidity": random.choice(("rh", "rhh"))}
            site.b_server.statuses = [random.choice((429, 500, 503))] * random.randint(0, 2)
            site.b_server.lost = random.randint(0, 1)
            site.run(site.true_ms + 600_000)
        site.silent, site.b_names, site.crash_in = set(), {"humidity": "rh"}, -1
        site.b_server.statuses, site.b_server.lost = [], 0
        node = site.run(site.true_ms + 3 * HOUR_MS)
        check_ledgers(node)
        crashes += site.crashes
        # A measurement that was cut short by a crash is not yet a reading.
        cut_short = 2 * site.crashes + 20
        assert min(site.stored()) >= 2 * len(site.log) - cut_short, (life, site.stored())
        doubted = sum([upload.ledger.doubted for upload in node.uploads])
        # A crash may have come before the ledger was saved.
        assert site.b_server.copies() <= doubted + 100 * site.crashes
    print("2 lives with %d crashes, seed %d" % (crashes, seed))
