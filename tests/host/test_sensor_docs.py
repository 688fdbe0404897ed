"""docs/sensors.md is what docs/sensors.py makes of the drivers and of docs/sensors.toml."""

import re
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from plain_node import WITHOUT_SENSORS
from wherry_host.config import drivers
from wherry_host.config.config_file import load

ROOT = Path(__file__).parents[2]
KEYS = {"asleep", "measuring", "wiring", "note"}
# Of each form that a driver's source has for a reason.
REASONS = {
    "ads1115": {"not ready", "analog…: saturated", "analog…: no answer"},
    "battery": {"… mV, the pin is not connected"},
    "bh1750": {"illuminance: saturated", "no answer", "bus timeout"},
    "chip": set(),
    "ds18b20": {"wrong CRC", "no answer", "no data", "… sensors, give rom: …"},
    "gps": {"no fix", "no fix in the last 3 s", "no position in …"},
    "sht4x": {"wrong CRC", "temperature: wrong CRC", "humidity: wrong CRC"},
    "si7021": {"humidity: wrong status bits", "humidity: wrong CRC", "humidity: bus timeout"},
}
_SPEC = spec_from_file_location("sensors_page", ROOT / "docs" / "sensors.py")
page = module_from_spec(_SPEC)
_SPEC.loader.exec_module(page)
FACTS = tomllib.loads(page.FACTS.read_text("utf-8"))


def test_the_page_is_what_the_script_makes():
    assert page.PAGE.read_text("utf-8") == page.made(), "run .venv/bin/python docs/sensors.py"


def test_each_driver_has_facts_and_no_other_name_has():
    assert set(FACTS) == set(drivers.names())


def test_each_fact_has_a_source():
    for name, facts in FACTS.items():
        for key, fact in facts.items():
            if key != "example":
                assert key in KEYS and len(fact) == 2 and all(fact), (name, key)


def test_each_section_passes_the_check_of_a_configuration(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", page.PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == len(drivers.names())
    path = tmp_path / "node.toml"
    for name, block in zip(drivers.names(), blocks, strict=True):
        path.write_text(WITHOUT_SENSORS + block)
        assert f'driver = "{name}"' in block and load(path, board="esp32_generic"), block


def test_reasons_are_found_in_each_form():
    for name, some in REASONS.items():
        found = page.reasons(name)
        assert some <= set(found) and len(set(found)) == len(found), (name, found)
    assert page.reasons("chip") == []
