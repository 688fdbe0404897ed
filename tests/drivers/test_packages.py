"""Unmodified packages of PyPI, each in a section of a node's configuration, read device models."""

from dataclasses import dataclass, field

import pytest
from support.boards.spine import Spine
from wherry_host.adapter.drivers import third_party
from wherry_host.install.driver_figures import lines

# The weather does not change.
FROZEN = {"weather_speed": 0}


@dataclass
class Package:
    """A package, its class, the model that it reads and the expressions of its channels.

    `steps` are the resolutions of the package's own arithmetic, per channel.
    """

    name: str
    driver: str
    model: str
    channels: dict
    steps: dict
    options: dict = field(default_factory=dict)

    def section(self, bus):
        """Return a [[sensor]] with two decimals."""
        return {
            "driver": self.driver,
            "source": f"pypi:{self.name}",
            "bus": bus,
            "prefix": f"{self.model}_",
            "channels": self.channels,
            **self.options,
        }


def both(temperature="temperature", humidity="relative_humidity"):
    return {"temperature": temperature, "humidity": humidity}


FINE = {"temperature": 0.02, "humidity": 0.03}
FIRST = [
    Package("micropython-ahtx0==0.1.2", "ahtx0:AHT20", "aht20", both(), FINE),
    Package(
        "micropython-bme280==1.2", "bme280:BME280", "bme280",
        {"temperature": "values[0]", "pressure": "values[1]", "humidity": "values[2]"},
        # It drops 11 bits of a factor where the datasheet drops those of the product.
        {"temperature": 0.3, "pressure": 0.4, "humidity": 0.1},
        {"arguments": {"i2c": "bus"}},
    ),
    Package("micropython-hdc1080==0.1.0", "micropython_hdc1080.hdc1080:HDC1080", "hdc1080",
        both("measurements[0]", "measurements[1]"), FINE),
    Package("micropython-hs3003==0.1.0", "micropython_hs3003.hs3003:HS3003", "hs3003",
        both(), FINE),
    Package("micropython-mcp9808==0.2.1", "micropython_mcp9808.mcp9808:MCP9808", "mcp9808",
        {"temperature": "temperature"}, FINE),
    Package("micropython-tmp117==0.2.2", "micropython_tmp117.tmp117:TMP117", "tmp117",
        {"temperature": "temperature"}, FINE),
]  # fmt: skip
SECOND = [
    Package("micropython-si7021==0.1.2", "micropython_si7021.si7021:SI7021", "si7021",
        both(humidity="humidity"), FINE, {"address": 0x40}),
]  # fmt: skip
THIRD = [
    Package("micropython-htu31d==0.1.2", "micropython_htu31d.htu31d:HTU31D", "htu31d",
        both(), FINE),
]  # fmt: skip
# The driver of another chip with the same commands.
FOURTH = [
    Package("micropython-htu21df==0.1.2", "micropython_htu21df.htu21df:HTU21DF", "si7021",
        both(humidity="humidity"), FINE),
]  # fmt: skip
WIRES = {"i2c0": (22, 21), "i2c1": (33, 32)}
# On battery each wake creates the objects again.
NODES = {"mains": (FIRST, SECOND), "battery": (THIRD, FOURTH)}


@pytest.mark.parametrize("source", NODES)
def test_packages_read_the_values_of_the_models(tmp_path, source):
    on_bus = dict(zip(WIRES, NODES[source], strict=True))
    packages = [(bus, each) for bus, found in on_bus.items() for each in found]
    changes = {
        "node": {"sample_every": "5 s", "send_every": "5 s"},
        "power": {"source": source},
        "sensor": [each.section(bus) for bus, each in packages],
    }
    devices = [{"kind": each.model, "wires": WIRES[bus]} for bus, each in packages]
    with Spine(tmp_path, 2.0, changes, board={"devices": devices, **FROZEN}) as spine:
        spine.start()
        count = sum(len(each.channels) for _, each in packages)
        spine.wait(rf"row \d+: {count} readings", 90)
        spine.drained()
        spine.settled()
        truth = {(e["device"], e["channel"]): e["value"] for e in spine.board.truth}
        stored = {channel: value for (channel, _), (value, _) in spine.stored().items()}
        for _, each in packages:
            for channel, step in each.steps.items():
                if channel in each.channels:
                    found = stored[f"{each.model}_{channel}"]
                    assert abs(found - truth[each.model, channel]) <= step, (each.driver, channel)


def test_a_driver_that_fails_costs_no_other_sensor(tmp_path):
    # The driver reads immediately, but a real chip measures for 8 ms, so the chip does not answer.
    # A busy computer may pause for longer between the two, so this chip never finishes.
    sht4x = Package(
        "micropython-sht4x==0.1.0", "micropython_sht4x.sht4x:SHT4X", "sht4x", both(), {}
    )
    changes = {
        "node": {"sample_every": "2 s", "send_every": "4 s"},
        "sensor": [sht4x.section("i2c0"), {"driver": "bme280"}],
    }
    devices = [{"kind": "sht4x", "stuck": True}, {"kind": "bme280"}]
    with Spine(tmp_path, 2.0, changes, board={"devices": devices}) as spine:
        spine.start()
        spine.wait(r"sensor 1 \(SHT4X\): no answer")
        spine.wait(r"row \d+: 3 readings")
        spine.drained()
        names = {channel for channel, _ in spine.stored()}
        assert "pressure" in names and "sht4x_temperature" not in names
        spine.settled()


def test_the_cost_of_a_package_is_measured(tmp_path):
    sections = [each.section("i2c0") for each in (FIRST[0], FIRST[5])]
    with Spine(tmp_path, 1.0, {"sensor": sections}) as spine:
        assert len(third_party(spine.config.typed)) == 2
        aht20, tmp117 = lines(spine.config)
    assert aht20.startswith("sensor 1 (AHT20): ") and "(device model aht20)" in aht20
    # Its class sleeps for a second when it is created.
    assert "blocks for 1" in tmp117 and "(device model tmp117)" in tmp117
