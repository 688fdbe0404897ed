"""The report of a life: its first lines, its numbers from the witnesses, and its form."""

import json
import re
from functools import cache
from html.parser import HTMLParser

import pytest
from support.places import ROOT
from support.year.command import year
from support.year.faulty import faulty_node
from support.year.lives import PLAIN, lived, node_of, usual_node
from wherry_host.energy.meter import CAUSES
from wherry_host.year.faults import fault
from wherry_host.year.faults.fault import Fault
from wherry_host.year.judge.tally import tally
from wherry_host.year.node import BEGIN_US
from wherry_host.year.outcome import fields
from wherry_host.year.report.bands import bands
from wherry_host.year.report.page import page
from wherry_host.year.report.readings import Readings
from wherry_host.year.report.track import COUNT_MAX, Steps, Track
from wherry_host.year.world.clock import DAY_US

_HOUR_S = 3600
FAULTS = [
    Fault(20 * _HOUR_S, "access_point", 80),
    Fault(30 * _HOUR_S, "sensor_absent", 75),
    Fault(70 * _HOUR_S, "power_cut", 60),
    # The uploads since the cut before are 3 h apart, so rows wait now.
    Fault(72 * _HOUR_S, "power_cut", 10),
    Fault(80 * _HOUR_S, "ntp_wrong", 50),
    # A multiple of 20, 21 and 22: the first of all channels, which is the humidity.
    Fault(360_360, "bad_channel", 90),
]


def tracked(node, days, faults=()):
    """Return (Life, Track) of a life; the Track has not ended."""
    tracks = []
    steps = Steps(BEGIN_US, BEGIN_US + round(days * DAY_US))
    life = lived(node, days, prepare=lambda life: tracks.append(Track(life, steps)), faults=faults)
    return life, tracks[0]


def page_of(node, days, **changes):
    """Return the page of a life, with changes to the fields of its outcome."""
    life, track = tracked(node, days)
    judged = tally(life)
    return page(life, judged, track, (), fields(life, judged, ()) | changes, "a title")


@cache
def faulty_life():
    """Return (Life, Steps, page) of a life with FAULTS."""
    life, track = tracked(faulty_node("plain"), 6, FAULTS)
    judged = tally(life)
    found = fields(life, judged, FAULTS)
    return life, track.steps, page(life, judged, track, FAULTS, found, "a title")


def texts(html):
    """Return the texts of a page in order, without its style."""
    found = []

    class Reader(HTMLParser):
        tag = ""

        def handle_starttag(self, tag, attrs):
            self.tag = tag

        def handle_data(self, data):
            if data.strip() and self.tag not in ("style", "title"):
                found.append(data.strip())

    Reader().feed(html)
    return found


# The command


def test_a_report_changes_no_count_and_repeats(tmp_path):
    words = "--days", "1", "--seed", "7", "--faults", "access_point,power_cut"
    paths = [tmp_path / "first.html", tmp_path / "second.html"]
    code, output, errors = year(*words, "--report", str(paths[0]))
    plain = year(*words)
    assert (code, errors) == plain[::2] == (0, b"")
    assert output == plain[1] + f"report: {paths[0]}\n".encode()
    as_json = year(*words, "--report", str(paths[1]), "--json", hash_seed="1")
    assert as_json == year(*words, "--json") and json.loads(as_json[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_that_cannot_be_written_is_refused_before_the_life(tmp_path):
    path = tmp_path / "no" / "year.html"
    code, output, errors = year("--days", "3650", "--report", str(path))
    assert (code, output) == (1, b"")
    wanted = f"wherry: error: {path}: No such file or directory; name another file\n"
    assert errors.decode() == wanted
    code, _, errors = year("--days", "3650", "--report", str(tmp_path))
    assert code == 1 and b"Is a directory; name another file" in errors


def test_a_check_of_the_file_leaves_no_file_behind(tmp_path):
    path = tmp_path / "year.html"
    code, _, errors = year("--board", "nonsense", "--report", str(path))
    assert code == 1 and b"nonsense" in errors and not path.exists()
    path.write_text("earlier")
    year("--board", "nonsense", "--report", str(path))
    assert path.read_text() == "earlier"


# The first lines


def test_the_first_lines_have_the_cell_its_range_and_the_largest_consumer():
    life, track = tracked(usual_node(), 2)
    judged = tally(life)
    found = fields(life, judged, ())
    shown = texts(page(life, judged, track, (), found, "a title"))
    numbers = re.fullmatch(r"Expected life of the cell: (\d+) days \((\d+) to (\d+)\)\.", shown[0])
    days, fewest, most = map(int, numbers.groups())
    assert days == 2 + found["days_left"] and fewest < 0.85 * days and most > 1.15 * days
    # The cell loses 1.5 mAh per day, and no part of the node takes as much.
    assert re.match(
        r"Largest consumer of charge: self-discharge of the cell, 1\.50 of [34]\.\d+ mAh per day\."
        r" Largest consumer in the node: radio after the join, 0\.9\d mAh\.",
        shown[1],
    )
    assert any("the spread of the forecast of wherry battery" in each for each in shown[2:6])


def test_an_empty_cell_is_in_the_first_line(tmp_path):
    node = node_of(tmp_path, power={"source": "battery", "capacity_mah": 20})
    shown = texts(page_of(node, 12))
    days = float(re.match(r"The cell is empty after ([\d.]+) days \(", shown[0])[1])
    assert 4 < days < 9
    assert "The simulation continues to day 12 as if the empty cell" in "".join(shown[:6])


def test_a_node_on_mains_has_no_cell_and_all_its_charge():
    life, track = tracked(faulty_node("mains"), 2)
    judged = tally(life)
    html = page(life, judged, track, (), fields(life, judged, ()), "a title")
    shown = texts(html)
    assert re.match(r"The node is on mains, without a cell: 2,\d\d\d mAh per day\.", shown[0])
    assert shown[1].startswith("Largest consumer of charge: radio after the join, 2,")
    assert "Charge left" not in html and "self-discharge" not in html
    # It has one wake, so the meter's last event is at the begin.
    mah = life.used_mah(life.clock.us)
    assert life.wake_count == 1 and track.used_mah()[-1] == pytest.approx(mah)
    assert sum(track.causes_mah["radio"][:10]) == pytest.approx(mah * 10 / 288, rel=0.02)


def test_violations_are_above_the_counts():
    problems = ["harbor: temperature of 5, 20.1, is lost", "a < b"]
    html = page_of(faulty_node("plain"), 0.5, violations=30, problems=problems)
    shown = texts(html)
    assert "30 violations" in shown and problems[0] in shown and "a &lt; b" in html
    assert "28 more are not shown." in shown
    assert shown.index("30 violations") < shown.index("violations") < shown.index("sampled")


# The series


def test_the_series_have_the_sums_of_the_tally_and_the_meter():
    life, track = tracked(faulty_node("stage"), 6, FAULTS)
    found, steps = tally(life), track.steps
    track.end()
    readings = Readings(life, found, steps)
    assert found.problems == [] and life.power.losses and found.sampled > 500
    assert sum(readings.on_time) + sum(readings.late) == found.delivered
    assert sum(readings.gone) == found.in_gap + found.cut_short > 0 == sum(readings.lost)
    assert readings.held_count == found.waiting
    assert sum(readings.refused) == found.set_aside > 0
    errors_us = [each for each in readings.errors_us if each]
    assert max(errors_us)[0] == pytest.approx(1000 * found.worst_stamp_error_ms, abs=100)
    assert all(error_us <= bound_us for error_us, bound_us in errors_us)
    assert track.causes_mah.keys() == set(CAUSES)
    mah = life.used_mah(life.clock.us)
    assert track.used_mah()[-1] == pytest.approx(mah, rel=1e-9) and min(track.used_mah()) > 0


def test_an_outage_is_seen_as_waiting_and_then_late_readings_and_a_broken_sensor_as_a_gap():
    life, steps, _ = faulty_life()
    readings = Readings(life, tally(life), steps)
    spans = {band.kind: band for band in bands(life)}
    outage = spans["access_point"]
    first, last = (steps.index(us) for us in (outage.begin_us, outage.end_us))
    assert last - first > 6
    # The most that waits without a fault: three hours of six rows, and those of the upload.
    assert max(readings.waiting[:first]) <= 3 * 7 < readings.waiting[last]
    assert sum(readings.late[:first]) == sum(readings.on_time[first + 1 : last]) == 0
    assert sum(readings.late[last : last + 6]) > 0
    (_, missing_us), absent = readings.gaps[0], spans["sensor_absent"]
    expected_us = (
        absent.end_us - absent.begin_us + life.power.ons_us[1] - life.power.losses[0].at_us
    )
    assert sum(missing_us) == pytest.approx(expected_us, abs=4 * 30 * 60 * 1_000_000)


def test_a_life_has_at_most_400_steps_that_cover_it():
    for days in (1, 2, 3, 16, 17, 60, 365, 400, 401, 1000, 3650):
        steps = Steps(BEGIN_US, BEGIN_US + days * DAY_US)
        assert steps.count <= COUNT_MAX == 400 and steps.edge_us(steps.count) == steps.end_us
        assert sum(map(steps.days, range(steps.count))) == pytest.approx(days)
        parts = list(steps.parts(steps.begin_us + 7, steps.end_us - 9))
        assert sum(us for _, us in parts) == days * DAY_US - 16


# The form


def test_faults_are_bands_and_the_page_repeats_them():
    html = faulty_life()[-1]
    shown = texts(html)
    assert "6 faults" in shown and f"--faults {','.join(map(str, FAULTS))}" in shown
    for part, kind in (
        ("network", "access_point"), ("sensors", "sensor_absent"), ("time", "ntp_wrong"),
        ("power", "without power"), ("servers", "bad_channel"),
    ):  # fmt: skip
        assert f'class="band of_{part}"' in html and f'class="wash of_{part}"' in html
        assert kind in shown
    assert html.count('href="#ground"') == html.count('class="chart"') == 5


def test_the_page_needs_no_other_file_and_is_well_formed():
    html = faulty_life()[-1]
    assert not re.search(r"https?:|//\w|src=|url\(|@import|<script|<link", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == {"#ground"}
    assert len(html) < 60_000 and "nan" not in html and "None" not in html
    for tag in ("svg", "figure", "div", "g", "span", "table", "section", "main"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>")


def test_the_colours_are_those_of_the_live_page():
    host = ROOT / "tools" / "wherry_host"
    ours, live = (
        re.findall(r"--(\w+): (#\w{6})\b", (host / path).read_text())
        for path in ("year/report/report.css", "page/page.css")
    )
    assert len(ours) > 30 and set(ours) <= set(live)


def test_the_range_is_the_one_of_the_forecast(tmp_path):
    from wherry_host.config import config_file
    from wherry_host.energy.outlook import outlook_of
    from wherry_host.energy.profile import profile_of
    from wherry_host.install.deploy import plan
    from wherry_host.year.node import USUAL_BOARD
    from wherry_host.year.report.cell_life import spread

    node = node_of(tmp_path)
    config = config_file.load(tmp_path / "node.toml", None, USUAL_BOARD)
    files = plan(config, USUAL_BOARD).files
    level = outlook_of(config.typed, files, profile_of(node.board), node.cell).levels[0]
    assert PLAIN["power"]["capacity_mah"] == node.cell.capacity_mah
    wanted = level.low_mah / level.mah, level.high_mah / level.mah
    assert spread(node) == pytest.approx(wanted, rel=1e-3)


def test_the_page_of_a_life_with_deploys_has_the_sensors_of_all_configurations():
    faults = fault.read("deploy@100000=3,deploy@200000=0,deploy@300000=2", 1, 4)
    life, track = tracked(faulty_node("sensors"), 4, faults)
    found = tally(life)
    track.end()
    readings = Readings(life, found, track.steps)
    assert found.problems == [] and len(readings.gaps) == 5
    # The sensor that the last deploy removed is in a gap from then on, the others are not.
    sums_us = [sum(gap) for _, gap in readings.gaps]
    assert max(sums_us[:4]) == 0 < sums_us[4]
    assert sum(readings.late) == 0
    assert "deploy" in page(life, found, track, faults, fields(life, found, faults), "a title")
