"""Each file of examples/: `wherry check` reports its placeholders; filled in, it delivers.

The node is a virtual board with a device model for each sensor, next to the local server. The
intervals are the example's.
"""

import re
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner
from wherry.health_channels import CHANNELS, CHARGE_CHANNELS
from wherry.sampling.adjusted import Adjusted
from wherry_host.cli.commands import app
from wherry_host.config import config_file
from wherry_host.demo.rig import Rig
from wherry_host.server.dialects import sensocan
from wherry_host.virtual.options import ACCESS_POINT

ROOT = Path(__file__).parents[2]
EXAMPLES = "desk", "garden", "tracker", "weather"
REMEDY = "replace this placeholder with your own value"
# The values that replace the placeholders.
OWN = {
    "YOUR_WIFI_NAME": ACCESS_POINT["ssid"],
    "YOUR_WIFI_PASSWORD": ACCESS_POINT["password"],
    "YOUR_HOTSPOT_NAME": "pocket",
    "YOUR_HOTSPOT_PASSWORD": "correct horse battery staple",
    "YOUR_HARBOR_ID": "123",
    "YOUR_API_KEY": "0123456789abcdef",
    "YOUR_DEVICE_UUID": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "YOUR_DEVICE_ACCESS_TOKEN": "0123456789abcdef",
    "YOUR_DEVICE_ID": "9d9c31be-dd5d-40b1-95af-7d5375c39561",
    "YOUR_DEVICE_SECRET": "vHrFUhnxo0hxw2VqR5OXBBnvjeTK0T8etmws8HZ9dvw",
}
# The keys of a section that are options of its device model too.
WIRING = "address", "pin", "power_pin"
# An upload of a battery node may take 20 s of virtual time: 4 s here.
SCALE = 5.0


def text_of(name):
    """Return the text of an example."""
    return (ROOT / "examples" / f"{name}.toml").read_text()


def filled(name):
    """Return the text of an example with a value in place of each placeholder."""
    return re.sub(r'"(YOUR_\w+)"', lambda found: f'"{OWN[found[1]]}"', text_of(name))


def channels_of(sensors):
    """Return the channels of typed [[sensor]] sections."""
    return [channel for section in sensors for channel, *_ in section["channels"]]


def typed_sensors(name):
    """Return the typed [[sensor]] sections of an example."""
    return config_file.checked(tomllib.loads(filled(name)))["sensor"]


def checked(text):
    """Run `wherry check` for esp32_generic; return its exit code and the lines of its output."""
    Path("node.toml").write_text(text)
    command = ["check", "--config", "node.toml", "--board", "esp32_generic"]
    result = CliRunner().invoke(app, command)
    return result.exit_code, result.output.splitlines()


@pytest.mark.parametrize("name", EXAMPLES)
def test_check_reports_each_placeholder_with_its_line(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    lines = text_of(name).splitlines()
    places = [(i, line.split(" = ")[0]) for i, line in enumerate(lines, 1) if '= "YOUR_' in line]
    code, reported = checked(text_of(name))
    assert code == 1 and len(reported) == len(places) >= 4, reported
    for text, (number, key) in zip(reported, places, strict=True):
        assert text.startswith(f"node.toml, line {number}: [["), text
        assert f": {key}: " in text and text.endswith(f"; {REMEDY}"), text


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_filled_example_passes_the_check_without_a_warning(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    code, reported = checked(filled(name))
    on_battery = [line for line in reported if line.startswith("The battery is empty at")]
    assert code == 0 and len(reported) == 1 + len(on_battery), reported
    assert reported[0].startswith("node.toml is right for esp32_generic: ")


class Measured:
    """A sensor whose reading is one value of one channel, in the driver's last decimal."""

    def __init__(self, index, value):
        self._readings = [(index, value)]

    def start(self, anew):
        """Begin a measurement."""
        del anew
        return 0

    def read(self):
        """Return the readings."""
        return self._readings


# (example, channel, measured by the driver, sent): both in units of their last decimals.
CALIBRATED = (
    ("garden", "soil_moisture", 2800, 0),
    ("garden", "soil_moisture", 1200, 1000),
    ("weather", "rain", 10, 279),
    ("weather", "rain_total", 1000, 27_940),
    # One closing per second is 2.4 km/h: measured over a minute, and over an hour and a half.
    ("weather", "wind_speed", 60, 24),
    ("weather", "wind_run", 5400, 360),
)


@pytest.mark.parametrize(("name", "channel", "value", "sent"), CALIBRATED)
def test_the_calibrations_agree_with_the_comments(name, channel, value, sent):
    section = next(each for each in typed_sensors(name) if channel in channels_of([each]))
    names = channels_of([section])
    index = names.index(channel)
    by_index = {step[0]: step[1:] for step in section["adjust"]}
    assert Adjusted(Measured(index, value), names, by_index).read() == [(index, sent)]


def rig_of(folder, name):
    """Return the Rig of an example, whose uplink has the address and the keys of the server."""
    config = tomllib.loads(filled(name))
    # Leave this out: the rig builds the section from the example's options and the server's.
    (uplink,) = config.pop("uplink")
    options = {key: value for key, value in uplink.items() if value not in OWN.values()}
    devices = [
        {"kind": section["driver"], **{key: section[key] for key in WIRING if key in section}}
        for section in config["sensor"]
    ]
    # The owner's sensors at SensoCan, one for each channel, named by its slug.
    slugs = tuple(channels_of(typed_sensors(name)))
    return Rig(
        folder,
        SCALE,
        config=config,
        db=folder / "points.db",
        server={"accounts": {"sensocan": sensocan.Account(slugs=slugs)}},
        board={"boot_ms": 50, "devices": devices},
        uplinks=[(uplink["kind"], {"names": {}, **options})],
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_first_delivery_has_all_channels(tmp_path, name):
    with rig_of(tmp_path, name) as rig:
        rig.deploy_image()
        rig.board.start()
        rig.board.wait_line(r": delivered [1-9]\d*, \d+ waiting", 120)
        account = rig.account()
        assert account.problems == [], (account.problems[:9], rig.errors())
        expected = set(channels_of(typed_sensors(name)))
        if name != "weather":
            # SensoCan accepts only the channels of sensors.
            # The remaining days are known after a day.
            counted = CHARGE_CHANNELS[:1] if "capacity_mah" in filled(name) else ()
            expected |= {channel for channel, *_ in CHANNELS + counted}
        assert {channel for channel, *_ in rig.points()} == expected
        assert account.counts.delivered + account.counts.waiting >= len(expected)
