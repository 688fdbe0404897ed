"""Cells of a modem: each field at and past both of its bounds, in each form of a line."""

from support.scans.cells import (
    CENG_LTE,
    CPSI_GSM,
    CPSI_LTE,
    GSM,
    GSM_CELL,
    LTE,
    LTE_CELL,
    MODE_3,
    NEAR,
    NEAR_SHORT,
    SERVING,
    SERVING_7000,
    changed,
    merged,
    only,
    without,
)
from wherry.scans.gsm import Cells

# field: (lowest, highest, format, True if HERE requires it); TOLD has converted values.
NEEDED = {"mcc": (200, 999, "%d", True), "mnc": (0, 999, "%d", True)}
IDS = {"lac": (1, 0xFFFE, "%x", True), "cid": (0, 0xFFFE, "%x", True)}
CHANNEL = {"bsic": (0, 63, "%d", False), "bcch": (0, 1023, "%d", False)}
LEVEL = {"rxl": (0, 85, "%d", False)}
LTE_BOUNDS = {
    "mcc": (200, 999, "%d", True), "mnc": (0, 999, "%d", True), "cid": (0, 268435455, "%d", True),
    "tac": (0, 65535, "%d", False), "pci": (0, 503, "%d", False),
    "earfcn": (0, 65535, "%d", False), "rsrp": (-156, -44, "%d", False),
    "rsrq": (-34, 3, "%d", False),
}  # fmt: skip
TOLD = {
    "rsrp": {-156: -140, -155: -140}, "rsrq": {-34: -19, -33: -19, 2: -3, 3: -3},
    "dbm": {-140: -110, -139: -110, -1: -25, 0: -25},
}  # fmt: skip
# These fields are sent only together; HERE refuses a quality (rsrq) without a power (rsrp).
TOGETHER = {
    "bsic": ("bcch",), "bcch": ("bsic",), "pci": ("earfcn",), "earfcn": ("pci",),
    "rsrp": ("rsrq",),
}  # fmt: skip


def check_bounds(form, right, whole, bounds, find):
    """Check each field of a line at its bounds; `find` returns the cell that a line contains."""
    assert find(form.format(**right)) == whole, form
    for key, (low, high, printed, is_required) in bounds.items():
        name = "rxlevel" if key in ("rxl", "dbm") else key
        for number in (low - 1, low, low + 1, high - 1, high, high + 1):
            cell = find(form.format(**changed(right, key, printed % number)))
            expected = changed(whole, name, TOLD.get(key, {}).get(number, number))
            if key == "rxl":
                expected["rxlevel"] = number - 110
            if not low <= number <= high:
                expected = without(whole, name, *TOGETHER.get(key, ()))
                if is_required:
                    expected = None
            assert cell == expected, (form, key, number, cell, expected)


def in_mode(mode):
    def find(line):
        found = Cells(["+CENG: %s,1" % mode, line])
        assert not found.lte
        return only(found.gsm)

    return find


def test_the_serving_cell_in_a_line_of_each_modem():
    bounds = merged(NEEDED, IDS, CHANNEL, LEVEL, {"ta": (0, 63, "%d", False)})
    check_bounds(SERVING, GSM, GSM_CELL, bounds, in_mode(1))
    cell = without(GSM_CELL, "ta")
    check_bounds(SERVING_7000, GSM, cell, merged(NEEDED, IDS, CHANNEL, LEVEL), in_mode(1))


def test_a_cell_in_mode_3():
    cell = without(GSM_CELL, "ta", "bsic", "bcch")
    check_bounds(MODE_3, GSM, cell, merged(NEEDED, IDS, LEVEL), in_mode(3))


def test_a_gsm_cell_in_a_cpsi_line():
    fields = merged(GSM, {"dbm": "-67", "cid": "16504"})
    bounds = {
        "lac": (1, 65535, "%x", True), "cid": (0, 65535, "%d", True),
        "dbm": (-140, 0, "%d", False),
    }  # fmt: skip
    cell = without(GSM_CELL, "ta", "bsic", "bcch")
    check_bounds(CPSI_GSM, fields, cell, merged(NEEDED, bounds), in_mode(1))
    for dbm, rxlevel in (
        (-111, -110),
        (-110, -110),
        (-109, -109),
        (-26, -26),
        (-25, -25),
        (-24, -25),
    ):
        line = CPSI_GSM.format(**changed(fields, "dbm", str(dbm)))
        assert Cells([line]).gsm == [changed(cell, "rxlevel", rxlevel)], dbm


def near_one(line):
    """Return the neighbour that a line contains, or None."""
    cell = Cells(["+CENG: 1,1", SERVING.format(**GSM), line]).gsm[0]
    return only(cell.get("nmr", []))


def test_a_neighbour_with_its_id_and_without():
    whole = without(GSM_CELL, "mcc", "mnc", "ta")
    optional = {"lac": (1, 0xFFFE, "%x", False), "cid": (0, 0xFFFE, "%x", False)}
    check_bounds(NEAR, GSM, whole, merged(optional, LEVEL), near_one)
    del optional["cid"]
    check_bounds(NEAR_SHORT, GSM, without(whole, "cid"), merged(optional, LEVEL), near_one)
    for form in (NEAR, NEAR_SHORT):
        for key, low, high in (("bsic", 0, 63), ("bcch", 0, 1023), ("mcc", 200, 999)):
            for number in (low - 1, low, high, high + 1):
                cell = near_one(form.format(**changed(GSM, key, str(number))))
                assert (cell is not None) == (low <= number <= high), (form, key, number)
                assert not cell or key == "mcc" or cell[key] == number
        # A neighbour's network code is not sent, so it is not checked.
        assert near_one(form.format(**changed(GSM, "mnc", "x"))) is not None


def test_an_lte_cell_in_either_line():
    def by_cpsi(line):
        return only(Cells([line]).lte)

    def by_ceng(line):
        return only(Cells(["+CENG: 1,1,1,LTE CAT-M1", line]).lte)

    check_bounds(CPSI_LTE, LTE, LTE_CELL, LTE_BOUNDS, by_cpsi)
    check_bounds(CENG_LTE, LTE, LTE_CELL, LTE_BOUNDS, by_ceng)
    assert by_cpsi(CPSI_LTE.format(**LTE).replace("LTE CAT-M1", "LTE")) == LTE_CELL
    for key, reported in (
        ("rsrp", {-141: -140, -140: -140, -139: -139}),
        ("rsrq", {-20: -19, -19: -19, -18: -18, -4: -4, -3: -3, -2: -3}),
    ):
        for number, expected in reported.items():
            cell = by_cpsi(CPSI_LTE.format(**changed(LTE, key, str(number))))
            assert cell == changed(LTE_CELL, key, expected), (key, number)


def test_an_lte_neighbour():
    head = ["+CENG: 1,1,1,LTE CAT-M1", CENG_LTE.format(**LTE)]
    for fields, expected in (
        ("875,414,-100,-80,-13,4", {"pci": 414, "earfcn": 875}),
        ("0,0", {"pci": 0, "earfcn": 0}), ("65535,503", {"pci": 503, "earfcn": 65535}),
        ("65536,1", None), ("1,504", None), ("-1,1", None), ("1,-1", None), ("875", None),
        ("", None),
    ):  # fmt: skip
        cell = Cells(head + ['+CENG: 1,"%s"' % fields]).lte[0]
        assert cell == (changed(LTE_CELL, "nmr", [expected]) if expected else LTE_CELL), fields
