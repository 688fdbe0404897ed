"""Readable names and units of channels, without guesses."""

import pytest
from wherry import health_channels
from wherry.config.derive import DERIVED
from wherry_host.config import drivers
from wherry_host.page.channels import label, person_name, unit, with_unit

TABLES = [
    [(name, of_driver) for name, of_driver, _ in drivers.channels(driver)]
    for driver in drivers.names()
]


def test_names_and_units():
    for channel, expected in (
        ("temperature", "temperature, °C"),
        ("free_memory", "free memory, MiB"),
        ("battery_voltage", "battery voltage, V"),
        ("cpu_temperature", "CPU temperature, °C"),
        ("co2", "CO₂, ppm"),
        ("dew_point", "dew point, °C"),
        ("load", "load"),
        ("pulses_total", "pulses total"),
        # The demo has these where two sensors share a channel.
        ("bme280_temperature", "bme280 temperature, °C"),
        ("node_rssi", "signal, dBm"),
        ("node_clock_error_ms", "clock error, ms"),
        ("node_set_aside", "set aside"),
        # The meaning of other names is unknown.
        ("indoor_temperature", "indoor temperature"),
        ("Temperature", "Temperature"),
        ("node_fuel", "fuel"),
        ("node_", "node_"),
        ("", ""),
    ):
        assert label(channel) == expected


@pytest.mark.parametrize("driver", drivers.names())
def test_each_channel_of_a_driver_has_its_unit(driver):
    for name, of_driver, _ in drivers.channels(driver):
        others = {dict(table)[name] for table in TABLES if name in dict(table)}
        assert unit(name) == (of_driver if len(others) == 1 else ""), name
        assert unit(f"{driver}_{name}") == of_driver


def test_each_derived_channel_and_each_of_the_node_s_own_is_known():
    for name, (_, of_derived, _) in DERIVED.items():
        assert unit(name) == of_derived
    for name, of_own, decimals in health_channels.CHANNELS:
        assert decimals == 0
        assert "_" not in person_name(name) and "node" not in person_name(name)
        expected = {"node_rssi": "dBm", "node_clock_error_ms": "ms"}.get(name, of_own)
        assert unit(name) == expected, name


def test_a_value_precedes_its_unit():
    assert with_unit("4.05", "battery_voltage") == "4.05 V"
    assert with_unit("4.05", "load") == "4.05"
