"""`wherry battery`: the equations of docs/energy.md, the cell, and the command's output."""

import json
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner
from wherry_host.cli.commands import app
from wherry_host.config import boards
from wherry_host.energy import forecast
from wherry_host.energy.cell import Cell
from wherry_host.energy.profile import profile_of
from wherry_host.energy.workload import Workload

PROFILE = profile_of(boards.load("firebeetle_esp32"))
WORK = Workload(600, 3600, 14_000, 85_000, 0.01, 6, 1)
CONFIG = """
[node]
sample_every = "10 min"
send_every = "1 h"
durability = "stage"
{node}
[[wifi]]
ssid = "garden"
password = "correct horse"

[[uplink]]
kind = "harbor"
harbor_id = "123"
api_key = "k3y-of-the-test"

[[sensor]]
driver = "bme280"
[[sensor]]
driver = "battery"

[power]
source = "{source}"
{power}
"""


def mah(work, profile=PROFILE):
    return forecast.day_mah(profile, work)


def run(tmp_path, *options, source="battery", power="", node="", board="firebeetle_esp32"):
    """Run `wherry battery` for a configuration; return its exit code and output."""
    path = tmp_path / "node.toml"
    path.write_text(CONFIG.format(source=source, power=power, node=node))
    arguments = ["battery", str(path), "--board", board, *options]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_a_day_is_the_sum_of_its_causes_by_the_equations():
    causes = forecast.causes_mah(PROFILE, WORK)
    assert mah(WORK) == pytest.approx(sum(causes.values()))
    assert causes["sleep"] == pytest.approx(0.020 * 24)
    # 24 handshakes of 1.13 s at 95 mA; 4 of 24 uploads use DHCP.
    assert causes["TLS"] == pytest.approx(24 * 1.13 * 95 / 3600)
    assert causes["Wi-Fi"] == pytest.approx((24 * 0.66 + 4 * 1.34) * 95 * 1.26 / 3600)
    assert causes["failures"] == pytest.approx(24 * 0.02 * 6 * 95 * 1.26 / 3600)
    # 144 wakes of 14,000 B with a measurement, and 24 of 85,000 B without.
    awake_s = [0.07 + 0.02 + (424 + size / 70) * 75e-6 + size * 5.55e-6 for size in (14e3, 85e3)]
    samples_mc = 144 * awake_s[0] * 40 + 24 * awake_s[1] * 40 + 144 * 0.01 * 27
    assert causes["samples"] == pytest.approx(samples_mc / 3600)


def test_a_published_wake_agrees_within_a_tenth():
    # A join with a static address alone costs 100 mC (docs/energy.md).
    plain = PROFILE
    for name in ("tls_s", "reach_s", "request_s", "time_s", "close_s", "reading_s"):
        plain = plain.at(name, 0)
    plain = plain.at("fail_share", 0)
    work = Workload(86_400, 86_400, 0, 30_000, 0, 1, 1, float("inf"))
    causes = forecast.causes_mah(plain, work)
    assert 90 < 3600 * (causes["samples"] + causes["Wi-Fi"]) < 110


def test_a_cell_lasts_as_long_as_its_charge():
    cell = Cell(3000)
    # 2,550 mAh of 3,000 are usable, and 1.5 mAh per day are lost.
    assert cell.days(2.86) == pytest.approx(2550 / 4.36)
    life = list(cell.life([], [2.86]))
    assert len(life) == pytest.approx(cell.days(2.86), abs=1)
    levels = [[3700, 3750, 0, 0, "high"], [3400, 3450, 0, 0, "low"]]
    assert len(list(cell.life(levels, [2.86, 1.3]))) > len(life)
    # A node that stops leaves charge in the cell.
    stopped = Cell(3000, "li-ion", 3440)
    assert stopped.days(2.86) == pytest.approx(0.8 * cell.days(2.86))
    assert list(stopped.life([], [2.86]))[-1][0] > 0.2


def test_the_command_prints_the_causes_the_range_and_the_plan(tmp_path):
    code, output = run(tmp_path, "--days", "400")
    lines = output.splitlines()
    assert code == 0 and "days on a cell of 3000 mAh (" in lines[0]
    assert [line.split("  ")[0] for line in lines[3:9]] == [
        "sleep", "samples", "Wi-Fi", "TLS", "sending", "failures",
    ]  # fmt: skip
    assert "Planned for 400 days: the charge suffices, but not in the worst case." in lines
    assert sum("times as much" in line for line in lines) == 2
    assert lines[-1] == "A model, not a measurement: docs/energy.md."
    for days, board, words in (
        ("30", "firebeetle_esp32", "Planned for 30 days: the charge suffices."),
        ("2000", "firebeetle_esp32", "does not suffice; take a larger cell, or send less often."),
        ("365", "esp32_generic", "does not suffice; take a board that takes less asleep."),
        ("365", "esp32_generic", "a full cell of li-ion has less: take another board or cell."),
    ):
        assert words in run(tmp_path, "--days", days, board=board)[1]


def test_each_level_of_a_cadence_has_its_column(tmp_path):
    code, output = run(tmp_path, power='cadence = "high:10min/1h; low:1h/12h"')
    assert code == 0 and "high" in output.splitlines()[2] and "12 h" in output
    # With fewer uploads it lasts longer.
    assert "The node stops at 3410 mV, with 18 % of the charge left." in output
    with_levels, plain = (
        json.loads(run(tmp_path, "--json", **options)[1])["days"]
        for options in ({"power": 'cadence = "high:10min/1h; low:1h/12h"'}, {})
    )
    assert with_levels > plain


@pytest.mark.parametrize("name", ["plot.svg", "plot.html"])
def test_the_plot_is_well_formed_and_names_each_node(tmp_path, name):
    code, _ = run(tmp_path, "--plot", str(tmp_path / name))
    text = (tmp_path / name).read_text()
    svg = text[text.index("<svg") : text.index("</svg>") + 6]
    words = " ".join(each.text or "" for each in ElementTree.fromstring(svg).iter())
    assert code == 0
    for each in ("wherry: ", "Enviro's policy: ", "Harbor's example sketch: ", "365 days planned"):
        assert each in words


@pytest.mark.parametrize(("options", "changes", "error"), [
    ((), {"source": "mains"}, 'runs on mains; give [power] source = "battery"'),
    ((), {"board": "lolin_d32"}, "lolin_d32: the sleep current is unknown; measure it"),
    (("--plot", "/none/p.svg"), {}, "/none/p.svg: No such file or directory; name another file"),
    ((), {"node": "sampel_every = 1"}, 'did you mean "sample_every"?'),
])  # fmt: skip
def test_an_impossible_forecast_is_an_error_with_a_remedy(tmp_path, options, changes, error):
    code, output = run(tmp_path, *options, **changes)
    assert code == 1 and error in output
