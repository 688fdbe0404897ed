"""The account of several uplinks: each one's places, and at the top one place for each reading."""

from dataclasses import asdict

from account_sources import Sources
from rich.console import Console
from wherry.health_channels import CHANNELS as HEALTH
from wherry_host.account import Account
from wherry_host.account_text import print_account
from wherry_host.owner.kept import Progress
from wherry_host.uplink_tables import Table, selection_of

_ROWS, _ALL = 10, 3 * 10 + len(HEALTH)
_LABELS = ("harbor", "sensocan")


class Both:
    """Sources of a node that delivers all to harbor, and its sensors' readings to sensocan."""

    def __init__(self):
        self.sources = Sources()
        self.points = {"harbor": list(self.sources.points)}
        sensors = [point for point in self.sources.points if point[0][:5] != "node_"]
        self.points["sensocan"] = sensors
        self.kept = self.sources.kept
        self.kept.uplinks["sensocan"] = Progress(cursor=(_ROWS + 1, 0))
        self.copies = 0

    def account(self):
        # The samples know nothing of uplinks; their tables do.
        sensors = selection_of(["sensors", {}]).takes
        tables = [
            Table("harbor", [(*point, 7, 0) for point in self.points["harbor"]]),
            Table(
                "sensocan",
                [(*point, self.copies, 0) for point in self.points["sensocan"]],
                sensors,
                deduplicates=False,
            ),
        ]
        return Account(self.sources.samples(), tables, *self.sources.flash())

    def take(self, label, index):
        """Take a reading out of an uplink's table; return it."""
        reading = self.kept.readings[index]
        self.points[label].remove((reading.channel, reading.stamp_us, reading.value))
        return reading


def _top(account, **counts):
    """Check that an account balances, and that its top has these counts, and else delivered."""
    assert account.problems == []
    found = {name: count for name, count in account.as_dict().items() if count}
    assert found.pop("uplinks").keys() == set(_LABELS) and found.pop("worst_stamp_error_ms")
    assert found.pop("sampled") == _ALL
    beside = ("duplicates", "doubted", "cut_short")
    delivered = _ALL - sum(n for name, n in counts.items() if name not in beside)
    assert found == {"delivered": delivered, **counts}


def test_each_uplink_has_its_own_places():
    account = Both().account()
    _top(account)
    harbor, sensocan = (account.uplinks[label] for label in _LABELS)
    # The copies that Harbor's key recognised were never stored.
    assert (harbor.delivered, harbor.others, harbor.duplicates) == (_ALL, 0, 0)
    assert (sensocan.delivered, sensocan.others) == (3 * _ROWS, len(HEALTH))
    assert harbor.sampled == sensocan.sampled == account.counts.sampled


def test_a_reading_waits_while_any_uplink_has_yet_to_send_it():
    both = Both()
    for index in range(24, 30):
        both.take("sensocan", index)
    both.kept.of("sensocan").cursor = (8, 0)
    account = both.account()
    _top(account, waiting=6)
    assert (account.uplinks["harbor"].waiting, account.uplinks["sensocan"].waiting) == (0, 6)
    # Refused by one, it still waits for the other.
    aside = both.take("harbor", 24)
    both.kept.of("harbor").set_aside.append(aside)
    account = both.account()
    _top(account, waiting=6)
    assert account.uplinks["harbor"].set_aside == 1


def test_the_worst_place_is_the_top_s():
    both = Both()
    both.kept.of("sensocan").set_aside.append(both.take("sensocan", 12))
    _top(both.account(), set_aside=1)
    # Given up for one of them, for want of room.
    both = Both()
    for index in (0, 1, 2):
        both.take("sensocan", index)
    both.kept.readings = both.kept.readings[3:]
    both.kept.of("sensocan").dropped = 3
    account = both.account()
    _top(account, dropped=3)
    assert account.uplinks["harbor"].delivered == _ALL
    both.kept.of("sensocan").dropped = 0
    both.kept.of("harbor").dropped = 3
    assert all(text.startswith("sensocan: ") for text in both.account().problems)


def test_what_one_uplink_lost_is_told_by_its_label():
    both = Both()
    both.take("sensocan", 4)
    account = both.account()
    (problem,) = account.problems
    assert problem.startswith("sensocan: load at ") and "lost: row 1" in problem
    assert (account.counts.delivered, account.counts.sampled) == (_ALL - 1, _ALL)


def test_a_point_of_a_channel_that_is_not_selected_is_unexplained():
    both = Both()
    health = next(point for point in both.points["harbor"] if point[0] == "node_row")
    both.points["sensocan"].append(health)
    (problem,) = both.account().problems
    assert problem.startswith("sensocan: node_row at ") and "unexplained" in problem


def test_what_comes_twice_was_sent_in_doubt():
    both = Both()
    both.points["sensocan"] += both.points["sensocan"][:4]
    both.kept.of("sensocan").doubted = 3
    (problem,) = both.account().problems
    assert "duplicate of the sample" in problem
    both.kept.of("sensocan").doubted = 5
    account = both.account()
    _top(account, duplicates=4, doubted=5)
    assert account.uplinks["harbor"].duplicates == 0
    # A server that keeps both may also file them under one key.
    both = Both()
    both.copies = 1
    both.kept.of("sensocan").doubted = 3 * _ROWS
    assert both.account().uplinks["sensocan"].duplicates == 3 * _ROWS
    both.kept.of("sensocan").doubted -= 1
    assert both.account().problems == ["sensocan: 30 came twice, 29 were sent in doubt"]
    # Harbor knows one by its key: there it may never be.
    both = Both()
    both.points["harbor"].append(both.points["harbor"][3])
    both.kept.of("harbor").doubted = 1
    (problem,) = both.account().problems
    assert problem.startswith("harbor: ") and "duplicate" in problem


def test_what_a_cut_kept_the_node_from_noting_may_come_twice():
    def stored(*received_us):
        sources = Sources()
        points = [(*point, 0, us) for us in received_us for point in sources.points]
        tables = [Table("here", points, deduplicates=False)]
        return Account(sources.samples(), tables, *sources.flash())

    (end_us,) = Sources().ends_us
    later_us = end_us + 2 * 10**6
    # The last request may reach the server when its sender is gone.
    for last_us in (end_us - 1, end_us + 9000):
        account = stored(last_us, later_us)
        assert account.problems == [] and account.counts.duplicates == _ALL
        assert stored(last_us - 1, last_us).problems
        assert stored(last_us, later_us, later_us + 1).problems


def test_what_comes_twice_is_not_taken_for_a_measurement_that_a_cut_caught():
    both = Both()
    sources = both.sources
    caught_us = sources.kept.readings[-1].stamp_us - 500_000
    measured = {"device": "bme280", "channel": "temperature", "value": 20.9}
    sources.truth.append({"time_us": caught_us, **measured})
    sources.ends_us.insert(0, caught_us + 9000)
    both.points["sensocan"].append(both.points["sensocan"][27])
    both.kept.of("sensocan").doubted = 1
    _top(both.account(), duplicates=1, doubted=1, cut_short=1)


def test_a_held_channel_waits_and_the_others_go_on():
    both = Both()
    loads = [i for i, each in enumerate(both.kept.readings) if each.channel == "load"]
    for index in loads[4:]:
        both.take("sensocan", index)
    assert not both.account().balances
    both.kept.of("sensocan").held["load"] = (4, 1)
    account = both.account()
    _top(account, waiting=_ROWS - 4)
    assert account.uplinks["sensocan"].delivered == 3 * _ROWS - (_ROWS - 4)


def test_what_was_taken_before_an_uplink_is_not_its():
    both = Both()
    for index in range(9):
        both.take("sensocan", index)
    both.kept.of("sensocan").first_row = 3
    account = both.account()
    _top(account)
    assert account.uplinks["sensocan"].others == 9 + len(HEALTH)


def test_a_channel_that_no_uplink_takes_is_counted_apart():
    sources = Sources()
    points = [(*point, 0, 0) for point in sources.points if point[0] == "load"]
    takes = selection_of([["load"], {}]).takes
    account = Account(sources.samples(), [Table("harbor", points, takes)], *sources.flash())
    assert account.problems == []
    assert (account.counts.delivered, account.counts.others) == (_ROWS, _ALL - _ROWS)


def test_several_uplinks_are_told_in_a_line_each(capsys):
    def told(account):
        uplinks = {label: asdict(counts) for label, counts in account.uplinks.items()}
        print_account(asdict(account.counts), Console(), uplinks)
        return capsys.readouterr().out

    one = told(Sources().account())
    assert "harbor" not in one and "others" not in one and "doubted" not in one
    several = told(Both().account()).splitlines()
    assert several[-3:] == [
        f"harbor: {_ALL} delivered",
        f"sensocan: {3 * _ROWS} delivered, {len(HEALTH)} others",
        "",
    ]
