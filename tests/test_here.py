"""HERE's uplink: login and token, the ten seconds, items by hand-written rules, refusals."""

import json
import os
import random

from folders import fresh
from here_server import DEVICE, SECRET, SIGNED, UNIX_S, HereServer, respond
from texts import value_text
from wherry import small_file, verdict
from wherry.frame import MS
from wherry.full_upload import FullUpload
from wherry.ledger import in_file
from wherry.queue import Queue
from wherry.reading import VALUE_MAX
from wherry.selection import Selection
from wherry.uplinks import here, here_options, here_position

NOW_S = 848_000_000
ENV = (("temperature", "°C", 2), ('hum"idity', "%", 1), ("battery", "%", 1))
GPS = (
    ("latitude", "°", 6), ("longitude", "°", 6), ("altitude", "m", 1), ("speed", "m/s", 2),
    ("heading", "°", 1), ("satellites", "", 0), ("accuracy", "m", 1),
)  # fmt: skip


def settings(**changes):
    """Return the typed options as the configuration leaves them."""
    options = {}
    for key in here_options.OPTIONS:
        option = here_options.OPTIONS[key]
        options[key + "_ms" if option[0] == "duration" else key] = option[1]
    options.update(device_id=DEVICE, device_secret=SECRET, name="node-1")
    options.update(changes)
    wrong = []
    here_options.settle(options, lambda *error: wrong.append(error))
    assert not wrong, wrong
    return options


class Rig:
    """A node with a queue at `now_s` of its own clock, and a server with the right one."""

    def __init__(self, channels=ENV, off_s=0, **changes):
        self.root = fresh()
        for folder in ("/cursors", "/aside"):
            os.mkdir(self.root + folder)
        self.queue = Queue(self.root, channels, True, 400_000)
        self.now_s = NOW_S
        self.server = HereServer(NOW_S + off_s)
        ledger = in_file(self.root + "/cursors/here")
        aside = self.root + "/aside"
        self.upload = FullUpload(
            "here", here, settings(**changes), self.queue, ledger, aside,
            lambda flags, boot, s, ms: (s, ms), Selection("all", {}),
        )  # fmt: skip
        self.session = self.upload.session
        self.count = len(channels)

    def add(self, age_s, values, ms=250):
        """Queue a row of an age; None for a channel without a reading."""
        mask = sum([1 << i for i, value in enumerate(values) if value is not None])
        taken = [value for value in values if value is not None]
        self.queue.append(MS, 0, self.now_s - age_s, ms, mask, taken)

    def add_old(self, row_count, every_s=60):
        for i in range(row_count):
            self.add(every_s * (row_count - i) + 100, [2000 + i, -i, 500])

    def step(self):
        """Return what one step makes: verdict, seconds, note, count."""
        self.session["now"] = self.now_s, 500
        self.upload.begin(0)
        self.server.paths.clear()
        return self.upload.step(self.server.exchange, -1)

    def run(self, steps=60):
        """Step until nothing is left; return the verdicts. The account must balance."""
        kinds = []
        for _ in range(steps):
            try:
                kinds.append(self.step()[0])
            except OSError:
                kinds.append(verdict.RETRY)
            if kinds[-1] is None:
                break
        ledger = self.upload.ledger
        assert self.upload.waiting() == self.queue.readings - ledger.settled() >= 0
        return kinds

    def sent(self):
        return len(self.server.points)


def test_the_addresses_that_the_vendor_prints():
    for given, expected in (
        ("https://tracking.api.here.com", "https://tracking.api.here.com"),
        ("https://tracking.api.here.com/v2/", "https://tracking.api.here.com"),
        ("https://tracking.hereapi.com/", "https://tracking.hereapi.com"),
        ("https://cit.tracking.api.here.com/v2/token", "https://cit.tracking.api.here.com"),
        ("https://tracking.api.here.com/v2/timestamp", "https://tracking.api.here.com"),
    ):
        options = settings(endpoint=given)
        assert options["endpoint"] == options["signing_url"] == expected, given


def test_unix_milliseconds_without_a_big_integer():
    for s, ms in ((NOW_S, 7), (NOW_S, -1), (0, 0), (315_199, 999), (315_200, 0), (1 << 30, 999)):
        expected = "%013d" % ((s + UNIX_S) * 1000 + max(ms, 0))
        assert here_position.unix_ms(s, ms).decode() == expected, (s, ms)


def test_one_row_of_this_moment():
    rig = Rig(ENV + GPS)
    rig.add(2, [2153, -7, 876, 55953500, -3193900, 471, 1234, 3599, 9, 52])
    assert rig.run() == [verdict.STEP, verdict.DELIVERED, None]
    row, last = rig.server.items
    ms = (NOW_S - 2 + UNIX_S) * 1000 + 250
    assert row["timestamp"] == ms and last["timestamp"] == (NOW_S + UNIX_S) * 1000 + 501
    payload = row["payload"]
    assert payload["temperature"] == 21.53 and payload['hum"idity'] == -0.7
    position = dict(row["position"])
    assert abs(position.pop("lat") - 55.9535) < 1e-5 and abs(position.pop("lng") + 3.1939) < 1e-5
    assert position == {
        "type": "gnss", "timestamp": ms, "accuracy": 5.2, "alt": 47.1, "speed": 12,
        "heading": 0, "satellitecount": 9,
    }, position  # fmt: skip
    assert last["position"] == row["position"] and "payload" not in last
    system = last["system"]
    assert system["reportedSensorData"] == {"temperatureC": 21.53, "batteryLevel": 88}
    assert system["client"]["manufacturer"] == "wherry" and system["client"]["name"] == "node-1"
    assert "stateVersion" not in system
    assert rig.sent() == 10


def test_a_thousand_waiting_readings_balance():
    for mode, window_s in (("log", 10), ("trusting", 10), ("trusting", None)):
        rig = Rig(mode=mode)
        rig.server.window_s = window_s
        rig.add_old(334)
        rig.add(1, [2000, 1, 2])
        rig.run()
        ledger = rig.upload.ledger
        assert (rig.sent(), rig.server.copies) == (1005, 0), (mode, window_s)
        assert (ledger.delivered, ledger.set_aside, rig.upload.waiting()) == (1005, 0, 0)
        logs = [item for item in rig.server.items if "log" in item.get("payload", {})]
        assert bool(logs) == (window_s == 10), (mode, window_s)
        first = (NOW_S - 334 * 60 - 100 + UNIX_S) * 1000 + 250
        assert rig.server.points[(first, "temperature")] == 20.0


def test_log_pieces_of_all_sizes():
    for name_size in (1, 2, 3, 5, 8, 13, 21, 34, 55, 100):
        for name in ("n" * name_size, "\xe9" * name_size, '"' * name_size):
            channels = tuple([(name[:-1] + chr(97 + i), "", i) for i in range(7)])
            rig = Rig(channels)
            for i in range(9):
                rig.add(1000 - i, [(10**i - 1) * (1 - 2 * (k & 1)) for k in range(7)], i)
            rig.run()
            assert rig.sent() == 63 and rig.upload.waiting() == 0, name


def random_rows(rig, channels, row_count):
    """Queue rows of random masks and ages; return {(Unix ms, channel): value} of them."""
    expected = {}
    ages_s = sorted(
        [random.choice((0, 1, 5, 9, 60, 9000)) * random.randint(1, 9) for _ in range(row_count)]
    )
    for i in range(row_count):
        values = [
            random.randint(-VALUE_MAX, VALUE_MAX) >> random.randint(0, 29)
            if random.randint(0, 4) else None for _ in channels
        ]  # fmt: skip
        values[random.randrange(len(values))] = 7
        age_s = ages_s[-1 - i]
        rig.add(age_s, values, i)
        ms = (NOW_S - age_s + UNIX_S) * 1000 + i
        for (name, _, decimals), value in zip(channels, values):
            if value is not None:
                expected[ms, name] = json.loads(value_text(value, decimals))
    return expected


def test_random_rows_arrive_as_they_are():
    seed = random.getrandbits(30)
    random.seed(seed)
    readings = 0
    for _ in range(8):
        words = ("latitude", "longitude", "speed", "heading", "accuracy", "temperature", "n" * 90)
        channels = [(word, "m/s", random.randint(0, 6)) for word in words[: random.randint(1, 7)]]
        rig = Rig(channels, mode=random.choice(("log", "trusting")))
        rig.server.window_s = random.choice((10, None))
        rig.session["count_max"] = random.choice((1, 2, 7, 50, 200))
        expected = random_rows(rig, channels, random.randint(1, 60))
        rig.run(500)
        assert rig.server.points == expected and not rig.server.copies, seed
        assert rig.upload.ledger.delivered == len(expected), seed
        readings += len(expected)
    print("%d readings, seed %d" % (readings, seed))


def test_a_row_too_large_for_an_item_goes_as_a_log():
    channels = tuple([("%s%02d" % ("x" * 60, i), "", 2) for i in range(16)])
    rig = Rig(channels)
    rig.add(1, list(range(16)))
    rig.run()
    assert rig.sent() == 16
    assert len([item for item in rig.server.items if "log" in item.get("payload", {})]) == 2


def test_a_row_of_the_future_and_one_of_the_limit():
    rig = Rig()
    for age_s in (7, 6, 5, 0, -3):
        rig.add(age_s, [age_s, None, None], 600)
    rig.run()
    alone = [
        item["payload"] for item in rig.server.items if "temperature" in item.get("payload", {})
    ]
    assert [payload["temperature"] for payload in alone] == [0.06, 0.05]
    assert rig.sent() == 5


def test_the_state_is_the_newest_and_within_bounds():
    rig = Rig(reported={"temperatureC": 'hum"idity', "deviceIsTampered": "battery"})
    rig.add(300, [2000, 215, 1])
    rig.add(200, [2000, 220, None])
    rig.add(100, [2000, 5000, None])  # Beyond what HERE allows.
    rig.run()
    sensors = rig.server.items[-1]["system"]["reportedSensorData"]
    assert sensors == {"temperatureC": 22.0, "deviceIsTampered": True}, sensors
    old = Rig()
    old.add(700, [2000, 215, 1])
    old.run()
    assert "reportedSensorData" not in old.server.items[-1]["system"]


def test_positions():
    pair = GPS[:2]
    for channels, values, expected in (
        (pair, [90_000_001, 0], None), (pair, [0, -180_000_001], None), (pair, [1, None], None),
        (pair, [-90_000_000, 180_000_000], {"lat": -90, "lng": 180, "accuracy": 10}),
        ((("van_lat", "", 0), ("x", "", 0), ("van_lng", "", 0), ("speed", "m/s", 0),
          ("heading", "", 0)), [5, 6, 7, 8, 9], {"lat": 5, "lng": 7, "accuracy": 10}),
        ((("lat", "", 0), ("lon", "", 0), ("speed", "km/h", 1), ("heading", "", 0)),
         [5, 6, 360, 359], {"lat": 5, "lng": 6, "accuracy": 10, "speed": 10, "heading": 359}),
        ((("lat", "", 0), ("lon", "", 0), ("speed", "kn", 1), ("heading", "", 1)),
         [5, 6, 100, 3599], {"lat": 5, "lng": 6, "accuracy": 10, "speed": 5, "heading": 0}),
        ((("lat", "", 0), ("lon", "", 0), ("speed", "kn", 1)), [5, 6, 100],
         {"lat": 5, "lng": 6, "accuracy": 10}),
        ((("lat", "", 0), ("lon", "", 0), ("satellites", "", 0), ("accuracy", "m", 0)),
         [5, 6, 0, -1], {"lat": 5, "lng": 6, "accuracy": 10}),
        ((("lat", "", 0), ("lon", "", 0), ("altitude", "m", 1)), [5, 6, -35],
         {"lat": 5, "lng": 6, "accuracy": 10, "alt": -3.5}),
        ((("latitude", "", 0), ("flat", "", 0)), [5, 6], None),
    ):  # fmt: skip
        rig = Rig(channels)
        rig.add(100, values)
        rig.run()
        position = rig.server.items[-1].get("position")
        if position:
            assert position.pop("type") == "gnss"
            assert position.pop("timestamp") == (NOW_S - 100 + UNIX_S) * 1000 + 250
        assert position == expected, (channels, position)


def test_a_scan_goes_once_with_the_newest_item():
    wlan = [{"mac": "1c:1d:86:07:01:%02x" % i, "powrx": -45 - i, "band": 2.4} for i in range(60)]
    rig = Rig()
    rig.add(1, [1, 2, 3])
    rig.session["scan"] = {"wlan": list(wlan), "gsm": [{"mcc": 262}]}
    rig.run()
    last = rig.server.items[-1]
    assert 20 < len(last["scan"]["wlan"]) < 60 and last["scan"]["wlan"][0] == wlan[0]
    assert len(json.dumps(last["scan"])) < 2400 and last["scan"]["gsm"] == [{"mcc": 262}]
    rig.add(1, [1, 2, 3], 300)
    rig.run()
    assert "scan" not in rig.server.items[-1] and "scan" not in rig.session


def test_a_scan_that_is_refused_is_left_out():
    rig = Rig()
    rig.add(1, [1, 2, 3])
    rig.session["scan"] = {"wlan": []}
    rig.server.refuse = lambda item: "scan" in item
    kinds = rig.run()
    assert kinds == [verdict.STEP] * 3 + [verdict.DELIVERED, None] and rig.sent() == 3


def test_async():
    rig = Rig(**{"async": True})
    rig.server.desired["system"]["stateVersion"] = 9
    rig.add(1, [1, 2, 3])
    assert rig.step()[0] == verdict.STEP
    assert rig.step()[0] == verdict.DELIVERED and rig.server.paths == ["POST /v2/?async=true"]
    assert "state_version" not in rig.session


# Answers to a login: (status, body, headers), verdict, a part of the note.
LOGINS = (
    (200, {"accessToken": "x" * 1025, "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "", "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a b", "expiresIn": 9}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a", "expiresIn": "9"}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a", "expiresIn": 0}, "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "a"}, "", verdict.RETRY, "without a token"),
    (200, [], "", verdict.RETRY, "without a token"),
    (200, {"accessToken": "x" * 1024, "expiresIn": 9}, "", verdict.STEP, "HTTP 200"),
    (302, {}, "", verdict.DENIED, "redirects are refused"),
    (400, {}, "", verdict.DENIED, "check device_id"),
    (401, {}, "", verdict.DENIED, "check device_secret"),
    (401, {}, "x-here-timestamp: soon\r\n", verdict.DENIED, "check device_secret"),
    (401, {}, "x-here-timestamp: 17\r\n", verdict.DENIED, "check device_secret"),
    (403, {}, "", verdict.DENIED, "the device's licence"),
    (404, {}, "", verdict.DENIED, "no licence"),
    (412, {}, "", verdict.DENIED, "claim the device"),
    (413, {}, "", verdict.DENIED, "check endpoint"),
    (429, {}, "Retry-After: 33\r\n", verdict.RETRY, "HTTP 429"),
    (500, {}, "", verdict.RETRY, "HTTP 500"),
    (503, {}, "", verdict.RETRY, "HTTP 503"),
)


def test_answers_to_a_login():
    for status, body, headers, kind, words in LOGINS:
        rig = Rig()
        rig.add_old(3)
        rig.server.answers = [(status, body, headers)]
        found = rig.step()
        assert found[0] == kind and words in found[2], (status, found)
        assert found[1] == (33 if status == 429 else 0)
        assert rig.server.paths == ["POST /v2/token"]
        assert ("token" in rig.session) == (kind == verdict.STEP)
        assert rig.upload.ledger.settled() == 0
        if kind == verdict.RETRY and status < 500:
            assert rig.run()[-1] is None and rig.sent() == 9, status


# Answers to a batch, then the verdicts of the steps to come.
BATCHES = (
    (200, [verdict.DELIVERED]), (204, [verdict.DELIVERED]), (202, [verdict.DELIVERED]),
    (413, [verdict.REJECTED, verdict.DELIVERED]),
    (404, [verdict.DENIED]), (412, [verdict.DENIED]), (302, [verdict.DENIED]),
    (429, [verdict.RETRY]), (500, [verdict.RETRY]), (503, [verdict.RETRY]),
    (400, [verdict.STEP, verdict.STEP, verdict.DELIVERED]),
    (401, [verdict.STEP, verdict.STEP, verdict.DELIVERED]),
    (403, [verdict.STEP, verdict.STEP, verdict.DELIVERED]),
)  # fmt: skip


def test_answers_to_a_batch():
    for status, kinds in BATCHES:
        rig = Rig()
        rig.add_old(3)
        rig.step()
        rig.server.answers = [(status, {}, "")]
        for kind in kinds:
            found = rig.step()
            assert found[0] == kind, (status, kind, found)
            assert kind != verdict.DENIED or ": " in found[2], found
        rig.run()
        assert rig.upload.ledger.delivered == 9 and rig.upload.ledger.set_aside == 0, status


def test_a_token_refused_twice_in_a_row_stops():
    for status in (401, 403):
        rig = Rig()
        rig.add_old(3)
        rig.step()
        rig.server.answers = [(status, {}, "")]
        assert rig.step()[0] == verdict.STEP and "token" not in rig.session
        assert rig.step()[0] == verdict.STEP and rig.server.paths == ["POST /v2/token"]
        rig.server.answers = [(status, {}, "")]
        found = rig.step()
        assert found[0] == verdict.DENIED and "HERE's dashboard" in found[2], found
        # The next upload tries one new token.
        assert rig.run() == [verdict.STEP, verdict.DELIVERED, None] and rig.sent() == 9


def test_the_life_of_a_token():
    for expires_s, last_s in ((86_399, 85_799), (700, 350), (10, 5), (10**9, 604_200)):
        rig = Rig()
        rig.server.expires_s = expires_s
        rig.add(1, [1, 2, 3])
        rig.run()
        kept = json.loads(small_file.read(rig.root + "/sessions/here"))
        assert set(kept) >= {"token", "until_s"} and set(kept) <= set(here.KEPT)
        for later_s, logins in ((last_s - 1, 1), (last_s, 2)):
            again = Rig()
            again.server = rig.server
            again.session.update(kept)
            again.now_s = rig.server.now_s = NOW_S + later_s
            again.add(1, [1, 2, 3])
            again.run()
            assert rig.server.logins == logins, (expires_s, later_s)


def test_another_device_gets_a_token_of_its_own():
    rig = Rig()
    rig.add(1, [1, 2, 3])
    rig.run()
    rig.session.update(shadow={"send_every_ms": 60_000}, state_version=7)
    rig.run()
    rig.upload.settings["device_id"] = DEVICE.upper()
    rig.add(1, [1, 2, 3], 300)
    rig.server.answers = [(200, {"accessToken": "other", "expiresIn": 900}, "")]
    assert rig.step()[0] == verdict.STEP and rig.server.paths == ["POST /v2/token"]
    assert rig.session["token"] == "other" and "shadow" not in rig.session
    assert "state_version" not in rig.session


def test_a_clock_that_was_set_back_gets_a_new_token():
    rig = Rig()
    rig.add(1, [1, 2, 3])
    rig.run()
    rig.now_s = rig.server.now_s = NOW_S - 700_000
    rig.add(1, [1, 2, 3])
    rig.run()
    assert rig.server.logins == 2 and rig.sent() == 6


def test_the_servers_time_corrects_the_clock_once():
    for off_s in (-40_000, -11, 11, 3600):
        rig = Rig(off_s=off_s)
        rig.add_old(2)
        rig.add(1, [1, 2, 3])
        kinds = rig.run()
        assert kinds == [verdict.STEP, verdict.STEP, verdict.DELIVERED, None], (off_s, kinds)
        assert rig.session["diff_s"] == off_s and rig.sent() == 9
        # A reading keeps its own stamp, however wrong our clock is.
        assert ((NOW_S - 1 + UNIX_S) * 1000 + 250, "temperature") in rig.server.points
    rig = Rig(off_s=50)
    rig.add_old(1)
    more = "x-here-timestamp: %d\r\n" % (NOW_S + 50 + UNIX_S)
    rig.server.answers = [(401, {}, more), (401, {}, more)]
    assert rig.step()[0] == verdict.STEP
    found = rig.step()
    assert found[0] == verdict.RETRY and "clock" in found[2], found


def test_items_that_are_late_ask_for_the_time():
    rig = Rig()
    rig.add_old(2)
    rig.step()
    rig.server.now_s += 30
    assert rig.run() == [verdict.STEP, verdict.STEP, verdict.DELIVERED, None]
    assert rig.session["diff_s"] == 30 and "ask_time" not in rig.session
    rig.server.now_s -= 29
    rig.now_s += 601
    rig.server.now_s += 601
    rig.add(1, [1, 2, 3])
    assert rig.run() == [verdict.STEP, verdict.STEP, verdict.DELIVERED, None]
    assert rig.session["diff_s"] == 0, "a second is the network's"


def test_a_time_that_is_not_to_be_had_is_done_without():
    for status, body, kind in (
        (404, {}, verdict.STEP), (200, [], verdict.STEP), (200, {"timestamp": "x"}, verdict.STEP),
        (200, {"timestamp": 1e9}, verdict.STEP), (200, {"timestamp": 5}, verdict.STEP),
        (429, {}, verdict.RETRY), (500, {}, verdict.RETRY),
    ):  # fmt: skip
        rig = Rig()
        rig.add_old(1)
        rig.step()
        rig.server.answers = [(400, {}, ""), (status, body, "")]
        rig.step()
        found = rig.step()
        assert found[0] == kind and rig.server.paths == ["GET /v2/timestamp"], (status, found)
        assert "diff_s" not in rig.session


def test_trusting_falls_back_and_remembers():
    rig = Rig(mode="trusting")
    rig.add_old(100)
    kinds = rig.run()
    assert kinds == [verdict.STEP] * 4 + [verdict.DELIVERED] * 2 + [None], kinds
    assert rig.session["log_only"] is True and rig.sent() == 300
    rig.add(50, [1, 2, 3])
    assert rig.run() == [verdict.DELIVERED, None]
    # A reading that is refused as a log too says nothing about stamps.
    rig = Rig(mode="trusting")
    rig.server.window_s = None
    # As an item of its own, and in a log.
    rig.server.refuse = lambda item: (
        (item["payload"].get("temperature") == 20.17 if "payload" in item else False)
        or "20.17]" in json.dumps(item)
    )
    rig.add_old(40)
    rig.run()
    assert "log_only" not in rig.session and rig.sent() == 119
    assert rig.upload.ledger.set_aside == 1 and rig.upload.waiting() == 0


def test_a_refused_reading_is_set_aside_in_log_mode():
    rig = Rig()
    rig.server.refuse = lambda item: "20.17]" in json.dumps(item)
    rig.add_old(60)
    rig.run()
    assert rig.sent() == 179 and rig.upload.ledger.set_aside == 1


def test_a_lost_answer_repeats_the_same_readings():
    rig = Rig()
    rig.add_old(10)
    rig.server.lost = 1
    rig.run()
    assert rig.sent() == rig.server.copies == 30 and rig.upload.waiting() == 0


def test_rows_that_come_while_it_is_sent_are_the_next_batchs():
    rig = Rig()
    rig.add_old(4)
    rig.session["now"] = rig.now_s, 0
    rig.session.update(token="t", account=here.account(rig.upload.settings))
    rig.session["until_s"] = rig.now_s + 100
    request = here.next_request(rig.upload.settings, rig.session, rig.upload.batch)
    rig.add(1, [7, 8, 9])
    body = b"".join([bytes(piece) for piece in request[4]])
    assert len(body) == request[3] and rig.upload.batch.count == 12


def test_nothing_to_send_logs_nobody_in():
    rig = Rig()
    assert rig.run() == [None] and rig.server.paths == []


def test_the_signing_url_may_be_another_than_the_called():
    rig = Rig(endpoint="http://127.0.0.1:18090", allow_plain_http=True, signing_url=SIGNED)
    rig.add_old(1)
    assert rig.run() == [verdict.STEP, verdict.DELIVERED, None]


def test_secrets_stay_out_of_notes():
    rig = Rig(device_secret="hush-hush")
    rig.add_old(1)
    note = rig.step()[2]
    assert "hush" not in note and DEVICE not in note, note


def test_answers_judged_alone_never_raise():
    options = settings()
    for status in (200, 201, 204, 302, 400, 401, 403, 404, 412, 413, 422, 429, 500, 503, 599):
        for asked in (None, "token", "time"):
            for body in (
                b"",
                b"{",
                b'{"accessToken":5}',
                b"[" * 500,
                b"\xff",
                b'{"timestamp":[]}',
            ):
                session = {"now": (NOW_S, 0), "asked": asked}
                response = respond(status, {})
                response.body = bytearray(body)
                kind, note = here.judge(options, session, response, 2)
                place = status, asked, body, kind
                assert (kind == verdict.DELIVERED) <= (status < 300 and not asked), place
                assert kind != verdict.REJECTED or not asked, place
                assert 0 < len(note) < 140 and all(31 < ord(c) < 127 for c in note), place
