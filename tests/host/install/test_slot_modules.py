"""Which modules are in a slot, and in which order."""

from wherry_host.compile import slot_modules
from wherry_host.places import LIB, firmware_sources

POWER = {
    "source": "battery", "empty_mv": None, "cadence": None, "off_mv": None, "capacity_mah": None,
}  # fmt: skip
HERE = {
    "node": {"durability": "stage"}, "power": POWER,
    "sensor": [],
    "uplink": [{"kind": "here", "selection": None}],
}  # fmt: skip


def test_all_firmware_is_in_a_slot():
    sensors = [
        {"driver": "chip:Chip", "source": "frozen", "channels": []},
        {"driver": "pulse", "pin": 4, "debounce_ms": 50, "channels": []},
    ]
    power = {**POWER, "empty_mv": 3400, "cadence": [[0, 0, 1, 1, "node"]], "capacity_mah": 3000}
    board = {"wlog_size": 1, "battery": {}}
    names = set(slot_modules.needed({**HERE, "power": power, "sensor": sensors}, board))
    assert set(firmware_sources()) - {"main"} <= names


def test_each_name_in_the_lists_is_a_module():
    assert len(slot_modules.LISTED) > 50
    for name in slot_modules.LISTED:
        path = LIB / f"{name.removeprefix('wherry/')}.py"
        path = path if name.startswith("wherry/") else firmware_sources()[name]
        assert path.exists(), f"slot_modules: there is no {name}"


def test_modules_that_no_section_needs_are_not_in_a_slot():
    def of(**section):
        typed = {**HERE, "sensor": [{"driver": "battery", "channels": [], **section}]}
        prefix = "wherry/sampling/"
        names = slot_modules.needed(typed, {})
        return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}

    plain = {"sampler", "failures"}
    assert of() == plain
    assert of(rate_hz=10) == plain | {"fifo", "fifos", "pace"}
    assert of(several=[3, False, True, 0]) == plain | {"several"}
    assert of(adjust=[[0, 2, 0, 1, None, None]]) == plain | {"adjusted"}
    assert of(derive=[None, []]) == plain | {"derived"}
    assert of(alarm=[[0, [1, None, 0]]]) == plain | {"alarms"}
    assert of(report=[3_600_000, [[0, [1, False]]]]) == plain | {"changes"}
    assert of(source="frozen") == plain | {"adapter"}
    assert of(every=2) == of(power_pin=4) == plain | {"plan"}


def test_a_node_on_battery_has_row_wakes_if_one_row_has_all_channels():
    def has(count=32, durability="stage", source="battery", empty_mv=None, board=None, **section):
        sensors = [{"driver": "battery", "channels": [["v", "V", 3]] * count, **section}]
        power = {**POWER, "source": source, "empty_mv": empty_mv}
        node = {"node": {"durability": durability}, "power": power}
        names = slot_modules.needed({**HERE, **node, "sensor": sensors}, board or {})
        return [name for name in ("calm", "row_wake", "guard") if name in names]

    assert has() == has(every=2) == has(durability="row") == ["calm", "row_wake"]
    assert has(33) == has(rate_hz=10) == has(source="mains") == []
    # A ring has no row file, but if the battery may be empty, rows wait in RTC memory.
    ring = {"wlog_size": 1 << 20}
    assert has(durability="row", board=ring) == []
    empty = {"battery": {}, "dropout_mv": 3600}
    assert has(durability="row", board={**ring, **empty}) == ["row_wake", "guard"]
    assert has(33, board=empty) == ["guard"]
    assert has(empty_mv=0, board=empty) == ["calm", "row_wake"]
    assert has(source="mains", board=empty) == []


def test_a_cadence_has_its_modules_also_without_a_divider():
    names = {"cadence", "wherry/power/cadence"}
    levels = [[0, 0, 600_000, 3_600_000, "node"]]
    power = {**POWER, "cadence": levels}
    assert names <= set(slot_modules.needed({**HERE, "power": power}, {}))
    assert not names & set(slot_modules.needed(HERE, {}))
    guarded = {**POWER, "empty_mv": 3400}
    found = set(slot_modules.needed({**HERE, "power": guarded}, {"battery": {}}))
    assert "wherry/power/level" in found and not names & found
