"""`wherry audit`: what a table proves about a node, tested with a model and a virtual board."""

import json
import random
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from support.boards.spine import Spine
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.owner.audit import audit
from wherry_host.owner.audit_table import Points

SEED, TABLES = 20261120, 300
START_US = 1_795_165_200_000_000
ODD_MV = 2344
HEALTH = ("sampled", "delivered", "waiting", "set_aside", "dropped", "boots")


def wherry(*words):
    """Run `wherry audit` and return (exit code, output, standard error)."""
    result = CliRunner().invoke(app, ["audit", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def node_points(rows, health_every, refused=(), sampled=0, begin_us=START_US):
    """Return the (channel, us, value) of a plain node: a row of three readings every minute.

    Everything is sent at each health row. `refused` are the rows whose first reading the server
    refuses; the next health row counts the refusal.
    """
    points = []
    settled_refused, now_refused = 0, 0
    settled = sampled
    for row in range(rows):
        time_us = begin_us + row * 60_000_000
        if row % health_every == health_every - 1:
            counts = (sampled, settled - settled_refused, sampled - settled, settled_refused, 0, 1)
            points += [(f"node_{n}", time_us, c) for n, c in zip(HEALTH, counts, strict=True)]
            sampled += len(HEALTH)
            settled, settled_refused = sampled, now_refused
            continue
        points += [(f"c{i}", time_us, row / 4) for i in range(3) if i or row not in refused]
        sampled += 3
        now_refused += row in refused
    return points


def table(points):
    """Return the points as a finished table."""
    found = Points()
    for point in points:
        found.add(*point)
    found.finish()
    return found


def test_removed_points_are_found_at_their_place():
    choose = random.Random(SEED)
    for i in range(TABLES):
        every = choose.randint(3, 12)
        points = node_points(100, every)
        newest_us = max(us for channel, us, _ in points if channel == "node_sampled")
        sensors = [p for p in points if p[1] < newest_us and p[0][0] == "c"]
        out = choose.sample(sensors, choose.randint(0, 9))
        finding = audit(table(p for p in points if p not in out))
        assert finding.missing == len(out) == finding.lost + finding.open, (i, SEED)
        assert finding.complete == (not out) and finding.surplus == 0
        for gap in finding.gaps:
            begin_us = gap.after_us or 0
            inside = [p for p in out if begin_us <= p[1] < gap.before_us]
            assert gap.missing == len(inside) > 0, (i, SEED)
        # Acknowledged before the newest counters were read: certainly lost.
        sure_us = newest_us - every * 60_000_000
        assert finding.lost == len([p for p in out if p[1] <= sure_us]), (i, SEED)
    print(f"{TABLES} tables, seed {SEED}")


def test_refused_readings_are_distinguished_from_lost_ones():
    points = node_points(100, 10, refused=(12, 13, 47))
    finding = audit(table(points))
    assert (finding.missing, finding.refused, finding.lost, finding.open) == (3, 3, 0, 0)
    assert finding.complete and [(g.missing, g.refused) for g in finding.gaps] == [(2, 2), (1, 1)]
    without = [p for p in points if (p[0], p[1]) != ("c1", START_US + 30 * 60_000_000)]
    finding = audit(table(without))
    assert (finding.missing, finding.refused, finding.lost, finding.open) == (4, 3, 1, 0)
    assert [gap.refused for gap in finding.gaps] == [2, 0, 1] and not finding.complete
    # Refused in the newest upload, whose counters have not arrived yet.
    finding = audit(table(node_points(100, 10, refused=(95,))))
    assert (finding.missing, finding.refused, finding.open) == (1, 0, 1)


def test_rows_are_named_where_the_node_numbers_them():
    points = node_points(60, 10)
    points += [("node_row", us, (us - START_US) // 60_000_000) for c, us, _ in points
               if c == "node_sampled"]  # fmt: skip
    # The counters include the reading of node_row itself.
    points = [(c, us, v + (us - START_US) // 600_000_000 if c == "node_sampled" else v)
              for c, us, v in points]  # fmt: skip
    gone_us = START_US + 23 * 60_000_000
    finding = audit(table(p for p in points if p[1] != gone_us))
    (gap,) = finding.gaps
    assert (gap.missing, gap.rows, gap.whole_rows) == (3, (19, 28), 1)
    assert not finding.left_out
    # Row numbers are missing: the node lost rows before it counted them.
    later = [(c, us, v + 4 if c == "node_row" and us > gone_us else v) for c, us, v in points]
    finding = audit(table(later))
    (gap,) = finding.left_out
    assert (gap.rows, gap.whole_rows, finding.gaps) == ((19, 32), 4, [])
    # The node reports the loss itself if it lost them with RTC memory.
    reported = points + [
        ("node_gaps", us, int(us > gone_us)) for c, us, _ in points if c == "node_row"
    ]
    (gap,) = audit(table(reported)).cut_off
    assert gap.after_us < gone_us < gap.before_us
    # Rows of two sensors may share a stamp.
    fast = [("x", START_US + s * 1_000_000, 0.0) for s in (22 * 60 + 30, 24 * 60)]
    reported = [(c, us, v + len([1 for _, at_us, _ in fast if at_us < us])
             if c in ("node_sampled", "node_row") else v) for c, us, v in points]  # fmt: skip
    finding = audit(table(reported + fast))
    assert (finding.missing, finding.left_out) == (0, [])
    # A row dated after a later health row is only late, not lost.
    row_us = START_US + 8 * 60_000_000
    moved = [(c, us + 90_000_000 if us == row_us else us, v) for c, us, v in points]
    assert not audit(table(moved)).left_out


def test_resent_readings_no_longer_count_as_refused():
    points = node_points(60, 10, refused=(12, 13))
    newest_us = max(us for c, us, _ in points if c == "node_set_aside")
    resent = [("c0", START_US + row * 60_000_000, row / 4) for row in (12, 13)]
    settled = [(c, us, 0 if c == "node_set_aside" and us == newest_us
                else v + 2 if c == "node_delivered" and us == newest_us else v)
               for c, us, v in points]  # fmt: skip
    finding = audit(table(settled + resent))
    assert finding.complete and (finding.missing, finding.refused) == (0, 0)
    finding = audit(table(settled))
    assert (finding.missing, finding.lost) == (2, 2)
    assert [gap.refused for gap in finding.gaps] == [2]


def some_channels(rows, every, out=()):
    """Return the points of an uplink that selects c0, c1 and the node's own, except `out`."""
    names = (*HEALTH, "thinned", "damaged")
    points, sampled, others, sent, sent_others = [], 0, 0, 0, 0
    for row in range(rows):
        time_us = START_US + row * 60_000_000
        if row % every < every - 1:
            points += [(f"c{i}", time_us, row / 4) for i in range(2) if (row, i) not in out]
            sampled, others = sampled + 3, others + 1
            continue
        # Channels that are not selected count as waiting until a later row is sent.
        counts = (sampled, sent - sent_others, sampled - sent, 0, 0, 1, 0, 0)
        points += [(f"node_{n}", time_us, c) for n, c in zip(names, counts, strict=True)]
        sampled += len(names)
        sent, sent_others = sampled, others
    return points


def test_channels_that_the_uplink_does_not_select_are_not_missing():
    points = some_channels(100, 10)
    finding = audit(table(points), some_channels=True)
    assert (finding.missing, finding.lost, finding.refused) == (90, 0, 0)
    # The newest rows are reported only by the next health row.
    assert (finding.others, finding.open) == (81, 9) and finding.complete
    finding = audit(table(points))
    assert (finding.others, finding.lost) == (0, 81) and not finding.complete
    finding = audit(table(some_channels(100, 10, {(12, 0), (47, 1)})), some_channels=True)
    assert (finding.missing, finding.others, finding.lost) == (92, 81, 2)
    assert not finding.complete


def test_copies_unknown_channels_and_a_clock_set_back():
    points = node_points(60, 10)
    finding = audit(table(points + points[:7] + [(*points[0][:2], 99.0)]))
    assert (finding.missing, finding.again, finding.changed) == (0, 8, 1) and not finding.complete
    stranger = [("c9", START_US + 1 + i, 0.0) for i in range(4)]
    finding = audit(table(points + stranger))
    assert (finding.missing, finding.surplus) == (0, 4)
    # A row before a health row is stamped after it: it is not missing.
    row_us = START_US + 8 * 60_000_000
    moved = [(c, us + 90_000_000 if us == row_us else us, value) for c, us, value in points]
    assert audit(table(moved)).missing == 0


def test_counters_that_restart_and_that_wrap_around():
    later_us = START_US + 10**12
    finding = audit(table(node_points(40, 10) + node_points(40, 10, begin_us=later_us)))
    assert (finding.missing, len(finding.restarted_us)) == (0, 1)
    points = node_points(60, 10, sampled=(1 << 30) - 40)
    round_points = [(c, us, v % (1 << 30) if c[0] == "n" else v) for c, us, v in points]
    finding = audit(table(round_points))
    # Only the rows before the first one of this table are missing.
    assert [gap.after_us for gap in finding.gaps] == [None] and not finding.restarted_us


def _rfc3339(us):
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(("header", "line", "form"), [
    ("time,ship_id,cargo_id,value", "{t},hut,{c},{v}", str),
    ("\ufeffValue;Cargo ID;Time;Ship ID;id", "{v};{c};{t};hut;7", _rfc3339),
    ("ts\tdevice\tmetric\tval", "{t}\thut\t{c}\t{v}",
     lambda us: _rfc3339(us).replace("T", " ")[:-1] + "+00"),
])  # fmt: skip
def test_csv_in_many_forms(tmp_path, header, line, form):
    path = tmp_path / "points.csv"
    lines = [header, *(line.format(t=form(us), c=c, v=v) for c, us, v in node_points(30, 10))]
    path.write_text("".join(each + "\r\n" for each in lines), newline="")
    code, text, _ = wherry(path)
    assert code == 0 and text.startswith("hut: ")


def test_wrong_csv_names_the_line(tmp_path):
    path = tmp_path / "points.csv"
    head = "time,ship_id,cargo_id,value\n2026-11-20T08:00:00Z,hut,t,1\n"
    for text, words in (
        ("", "line 1: the header must name the columns time, ship_id, cargo_id and value; it has"),
        ("when,what\n", "line 1: the header must name the columns time"),
        (head + "noon,hut,t,1\n", 'line 3: "noon" is not a time; write it as 2026-11-20T08'),
        (head + "\n1795165200,hut,t,warm\n", 'line 4: "warm" is not a number'),
        (head + "1795165200,hut\n", "line 3: 2 columns are too few"),
        ("time,ship_id,cargo_id,value\n", "holds no points"),
    ):
        path.write_text(text)
        code, _, reported = wherry(path)
        assert code == 1 and words in reported and str(path) in reported, (text, reported)
    code, _, reported = wherry(path.with_name("none.csv"))
    assert code == 1 and "No such file or directory; give the file of" in reported


def test_the_table_of_a_virtual_board(tmp_path):
    with Spine(tmp_path, 10) as spine:
        spine.start().drained()
        spine.refuse_battery(ODD_MV)
        for _ in range(2):
            spine.wait("harbor: delivered", since=spine.mark())
        spine.board.cut()
        spine.board.power_on()
        for _ in range(3):
            spine.wait("harbor: delivered", since=spine.mark())
        spine.board.cut()
        path = spine.service.db
        code, text, _ = wherry(path, "--json")
        found = json.loads(text)["demo"]
        assert (found["lost"], found["open"], found["surplus"]) == (0, 0, 0), found
        assert code == 0 and found["refused"] == found["missing"] == sum(
            gap["refused"] for gap in found["gaps"]
        )
        assert found["node_says"]["set_aside"] == found["refused"] > 0
        assert found["node_says"]["boots"] == 2
        with closing(sqlite3.connect(path)) as db:
            times = [
                row[0] for row in db.execute("SELECT DISTINCT time_us FROM points ORDER BY 1")
            ]
            gone_us = times[len(times) // 3]
            count = db.execute("DELETE FROM points WHERE time_us = ?", (gone_us,)).rowcount
            db.commit()
        code, text, _ = wherry(path, "--node", "demo")
        assert code == 3 and re.search(
            r"\n      among rows \d+ to \d+, 1 of them as a whole\n", text
        )
        assert f"  {count} acknowledged to the node: the server, or this table, has lost" in text
        assert max(map(len, text.splitlines())) <= 80
        assert "its nodes are: demo" in wherry(path, "--node", "shed")[2]
