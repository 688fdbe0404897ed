"""Lives on virtual time: a node that is built once, and its days."""

from functools import cache
from pathlib import Path

from wherry_host.config import config_file
from wherry_host.config.toml_text import toml_text
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, USUAL_BOARD, USUAL_CONFIG, Node
from wherry_host.year.site import Site
from wherry_host.year.world.clock import DAY_US

PLAIN = {
    "node": {"name": "life", "sample_every": "10 min", "send_every": "1 h"},
    "wifi": [{"ssid": "harbor-wifi", "password": "correct horse"}],
    "uplink": [{"kind": "harbor", "harbor_id": "1042", "api_key": "secret"}],
    "sensor": [{"driver": "bme280"}],
    "power": {"source": "battery", "capacity_mah": 3000},
}


@cache
def usual_node():
    """Return the Node of `wherry year` without a configuration."""
    return Node(config_file.load(USUAL_CONFIG, None, USUAL_BOARD))


def node_of(folder, board=USUAL_BOARD, begin_us=BEGIN_US, **changes):
    """Return the Node of PLAIN with other sections."""
    path = Path(folder) / "node.toml"
    path.write_text(toml_text(PLAIN | changes))
    return Node(config_file.load(path, None, board), begin_us)


class Talking(Life):
    """A Life that keeps the lines of its console."""

    def __init__(self, *arguments):
        self.lines = []
        super().__init__(*arguments)

    def say(self, *words, **keywords):
        self.lines.append(" ".join(map(str, words)))
        super().say(*words, **keywords)


def lived(node, days=1, seed=1, kind=Life, prepare=lambda life: None, faults=(), machine=None):
    """Return a Life of some days; `prepare` is called before it begins.

    `machine` is the class of the chip, by default that of the engine `cpython`.
    """
    life = kind(Site(node, seed), *([machine] if machine else []))
    prepare(life)
    life.run(life.site.begin_us + round(days * DAY_US), faults=faults)
    return life
