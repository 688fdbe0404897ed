"""Which modules are in a slot, and in which order."""

from wherry_host.compile import slot_modules
from wherry_host.places import FIRMWARE, LIB

HERE = {
    "node": {"durability": "stage"}, "power": {"source": "battery"}, "sensor": [],
    "uplink": [{"kind": "here", "selection": None}],
}  # fmt: skip


def test_all_firmware_is_in_a_slot():
    sensors = [
        {"driver": "chip:Chip", "source": "frozen", "channels": []},
        {"driver": "pulse", "pin": 4, "debounce_ms": 50, "channels": []},
    ]
    names = set(slot_modules.needed({**HERE, "sensor": sensors}, {"wlog_size": 1}))
    assert {path.stem for path in FIRMWARE.glob("*.py")} - {"main", "loader"} <= names


def test_each_name_in_the_lists_is_a_module():
    assert len(slot_modules.LISTED) > 50
    for name in slot_modules.LISTED:
        path = LIB / f"{name.removeprefix('wherry/')}.py"
        path = path if name.startswith("wherry/") else FIRMWARE / f"{name}.py"
        assert path.exists(), f"slot_modules: there is no {name}"


def test_what_no_section_asks_for_is_not_in_a_slot():
    def of(**section):
        typed = {**HERE, "sensor": [{"driver": "battery", "channels": [], **section}]}
        prefix = "wherry/sampling/"
        names = slot_modules.needed(typed, {})
        return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}

    plain = {"sampler", "failures"}
    assert of() == plain
    assert of(rate_hz=10) == plain | {"fifo", "fifos", "pace"}
    assert of(adjust=[3, []]) == plain | {"adjusted"}
    assert of(derive=[None, []]) == plain | {"derived"}
    assert of(source="frozen") == plain | {"adapter"}
    assert of(every=2) == of(power_pin=4) == plain | {"plan"}


def test_a_node_has_row_wakes_where_rows_wait_in_rtc_memory_and_one_row_holds_all():
    def has(count=32, durability="stage", source="battery", **section):
        sensors = [{"driver": "battery", "channels": [["v", "V", 3]] * count, **section}]
        node = {"node": {"durability": durability}, "power": {"source": source}}
        names = slot_modules.needed({**HERE, **node, "sensor": sensors}, {})
        assert ("calm" in names) == ("row_wake" in names)
        return "calm" in names

    assert has() and has(every=2)
    assert not has(33) and not has(rate_hz=10)
    assert not has(durability="row") and not has(source="mains")
