"""firmware/row_wake.py on MicroPython itself: it leaves what the node's own turn would leave.

Each wake runs twice from the same RTC memory, once as the node and once as a row wake. The
compiled one runs on a board in test_row_wake_board.py.
"""

import json
import random

import pytest
from firmware_run import found_by
from wherry.rows.frame import RICE
from wherry_host.compile import row_wake
from wherry_host.config import config_file
from wherry_host.config.toml_text import toml_text

SEED = 20261126
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
mount({})
fresh = set(sys.modules)

def woken(way):
    for name in set(sys.modules) - fresh: sys.modules.pop(name)
    stand_in(settings=Settings)  # A node lets go of it.
    try:
        way()
    except Slept as slept:
        return slept.args[0]
    return None

def as_node():
    import setup
    ports, node = setup.make_node(Settings.read(), Watchdog(90_000))
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

def differs(a, b): return [i for i in range(2048) if a[i] != b[i]][:4]

begin()
left_ms, found = given["every_ms"], []
for value, wait_ms in given["wakes"]:
    Sensor.value = value
    begin_ms = Clock.now_ms + (wait_ms or left_ms or 0)
    before, Clock.now_ms = bytes(Dozing.memory), begin_ms
    row_ms, row = woken(as_row_wake), bytes(Dozing.memory)
    Dozing.memory[:], Clock.now_ms = before, begin_ms
    if given["both"]:
        left_ms = woken(as_node)
    found.append([row_ms, left_ms, differs(row, Dozing.memory), differs(row, before)])
    if row_ms: Dozing.memory[:] = row
"""


@pytest.fixture
def wakes(tmp_path):
    """Return a function that runs wakes and returns [(ms slept as a row wake, as the node,
    where RTC memory differs, where the row wake has changed it)]."""

    def run(values, state=None, both=True, **node):
        path = tmp_path / "node.toml"
        config = {
            "node": {"name": "a", "sample_every": "10 min", "send_every": "7 d",
                     "durability": "stage", **node},
            "power": {"source": "battery"},
            "wifi": [{"ssid": "x", "password": "password"}],
            "uplink": [{"kind": "harbor", "harbor_id": "1", "api_key": "kkkkkkkkkkkk"}],
            "sensor": [{"driver": "bme280"}],
        }  # fmt: skip
        path.write_text(toml_text(config))
        typed = config_file.load(path).typed
        typed["sensor"][0]["module"] = "driver"
        typed["uplink"][0]["module"] = "wherry.uplinks.harbor.dialect"
        board = {"filesystem_size": 1 << 18, "reserved_size": 0}
        facts = row_wake.facts(typed)
        settings = json.dumps({**typed, "board": board, "channels": facts})
        plain = {"boot": 1, "schema": facts["schema"], "send_due": 7 * 24 * 3_600_000}
        begin = {**plain, **(state or {})}
        given = {
            "settings": settings, "both": both, "wakes": values, "state": begin,
            "form": [facts["count"], RICE, facts["own_count"]],
            "every_ms": typed["node"]["sample_every_ms"],
        }  # fmt: skip
        return found_by(PROGRAM, given)[0]

    return run


def weather(count, end=2_000):
    """Return (three values, None: after an ordinary sleep) for some wakes."""
    chance = random.Random(SEED)
    return [([chance.randrange(end), 500, chance.randrange(end)], None) for _ in range(count)]


SYNCED = {"synced": 1, "ref_ticks": 0, "ref_ms": 848_000_000_000, "drift_ppm": 40}


@pytest.mark.parametrize("node", [{}, {"stamps": "ms"}, {"sample_every": "1 s"}])
@pytest.mark.parametrize("state", [{}, SYNCED])
def test_rtc_memory_and_the_sleep_are_those_of_the_nodes_turn(wakes, node, state):
    for row_ms, node_ms, differs, changed in wakes(weather(12), state=state, **node):
        if node.get("sample_every"):
            # Too short for a sleep: the node continues from the saved state.
            assert row_ms is None
        else:
            assert row_ms == node_ms and row_ms > 590_000
        assert changed and (differs == [] or row_ms is None), f"seed {SEED}"


def test_a_sensor_that_fails_and_a_wake_too_early(wakes):
    values = [*weather(2), (None, None), (None, 1_000), *weather(2), ([1, 2, 3], 300_000)]
    for row_ms, node_ms, differs, changed in wakes(values, state=SYNCED):
        assert row_ms == node_ms and changed and not differs


def test_rows_that_go_to_the_flash_are_left_to_the_node(wakes):
    found = wakes(weather(9), state=SYNCED, stage_age_max="1 h")
    left = [i for i, each in enumerate(found) if each[0] is None]
    # The one that comes after an hour takes them all along.
    assert left == [6] and not any(each[3] for each in found if each[0] is None)
    assert all(not each[2] for each in found if each[0])


def test_a_full_stage_is_left_to_the_node(wakes):
    found = wakes(weather(110, 1 << 29), state=SYNCED, stage_age_max="7 d")
    left = [i for i, each in enumerate(found) if each[0] is None]
    assert len(left) == 1 and left[0] > 50 and not found[left[0]][3]
    # The node moves them once the stage is full, a row wake leaves that to the next one.
    differing = [i for i, each in enumerate(found) if each[0] and each[2]]
    assert differing == [left[0] - 1], f"seed {SEED}"


@pytest.mark.parametrize("state", [
    {**SYNCED, "send_due": 0}, {**SYNCED, "schema": 7}, {**SYNCED, "saved_ticks": 1 << 40},
])  # fmt: skip
def test_an_upload_other_channels_and_a_clock_that_was_set_are_left_to_the_node(wakes, state):
    (found,) = wakes(weather(1), state=state, both=False)
    assert found[0] is None and not found[3]
