"""Wakes of one node on MicroPython itself, as the whole node and as a row wake."""

import json
import random

from wherry_host.compile import row_wake
from wherry_host.config import config_file
from wherry_host.config.toml_text import toml_text

BOARD = {"filesystem_size": 1 << 18, "reserved_size": 0}
WEEK_MS = 7 * 24 * 3_600_000
SYNCED = {"synced": 1, "ref_ticks": 0, "ref_ms": 848_000_400_000, "drift_ppm": 40}
# The head of a program for firmware_run.found_by, given what `given` returns.
PROGRAM = """
import json

class Sensor:
    value = None
    def __init__(self, section, board): pass
    def start(self, anew): return 0
    def read(self):
        Clock.sleep_ms(30)
        if Sensor.value is None: raise OSError(5)
        return [(i, value) for i, value in enumerate(Sensor.value)]

class Driver: pass
Driver.Sensor = Sensor

class Settings:
    def read(): return json.loads(given["settings"])

stand_in(machine=Dozing, time=Clock, driver=Driver)
fresh = set(sys.modules)

def woken(*ways):
    # Each is tried until one of them sleeps; return the ms.
    for name in set(sys.modules) - fresh: sys.modules.pop(name)
    try:
        for way in ways:
            stand_in(settings=Settings)  # A node lets go of it.
            way()
    except Slept as slept:
        return slept.args[0]
    return None

def as_node():
    import assemble
    ports, node = assemble.make_node(Settings.read(), Watchdog(90_000))
    ports.wait_until(node.turn(), node)

def as_row_wake():
    import calm
    calm.keep_row(Watchdog(90_000))

def begin():
    # RTC memory as another wake leaves it.
    from wherry.stage.stage import Stage
    state, stage = given["state"], Stage(Dozing.memory, bool, *given["form"])
    stage.new_state().gap = 0
    for name, value in state.items(): setattr(stage.state, name, value)
    stage.save()

def differs(a, b): return [i for i in range(len(a)) if a[i] != b[i]][:4]
"""


def given(folder, kind, state=None, board=BOARD, **node):
    """Return the input of PROGRAM: a node with a BME280, and frames of a kind in its stage."""
    path = folder / "node.toml"
    config = {
        "node": {"name": "a", "sample_every": "10 min", "send_every": "7 d", **node},
        "power": {"source": "battery"},
        "wifi": [{"ssid": "x", "password": "password"}],
        "uplink": [{"kind": "harbor", "harbor_id": "1", "api_key": "kkkkkkkkkkkk"}],
        "sensor": [{"driver": "bme280"}],
    }  # fmt: skip
    path.write_text(toml_text(config))
    typed = config_file.load(path).typed
    typed["sensor"][0]["module"] = "driver"
    typed["uplink"][0]["module"] = "wherry.uplinks.harbor.dialect"
    facts = row_wake.facts(typed, board)
    return {
        "settings": json.dumps({**typed, "board": board, "channels": facts}),
        "state": {"boot": 1, "schema": facts["schema"], "send_due": WEEK_MS, **(state or {})},
        "form": [facts["count"], kind, facts["own_count"]],
        "every_ms": typed["node"]["sample_every_ms"],
    }


def weather(count, seed, end=2_000):
    """Return the values of three channels for each of `count` wakes."""
    chance = random.Random(seed)
    return [[chance.randrange(end), 500, chance.randrange(end)] for _ in range(count)]
