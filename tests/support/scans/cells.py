"""Lines of modems with their cells."""

# Fields of a line (lac and cid are hexadecimal, as in +CENG) and the cell that HERE gets.
GSM = {
    "mcc": "262", "mnc": "1", "lac": "1406", "cid": "4078", "bsic": "27", "bcch": "21",
    "rxl": "43", "ta": "5",
}  # fmt: skip
GSM_CELL = {
    "mcc": 262, "mnc": 1, "lac": 0x1406, "cid": 0x4078, "rxlevel": -67, "ta": 5, "bsic": 27,
    "bcch": 21,
}  # fmt: skip
SERVING = '+CENG: 0,"{bcch},{rxl},00,{mcc},{mnc},{bsic},{cid},00,05,{lac},{ta}"'
SERVING_7000 = '+CENG: 0,"{bcch},{rxl},{bsic},{cid},{mcc},{mnc},{lac}"'
NEAR = '+CENG: 1,"{bcch},{rxl},{bsic},{cid},{mcc},{mnc},{lac}"'
NEAR_SHORT = '+CENG: 1,"{bcch},{rxl},{bsic},{mcc},{mnc},{lac}"'
MODE_3 = '+CENG: 1,"{mcc},{mnc},{lac},{cid},{bsic},{rxl}"'
CPSI_GSM = "+CPSI: GSM,Online,{mcc}-{mnc},0x{lac},{cid},61 EGSM 900,{dbm}"
LTE = {
    "mcc": "240", "mnc": "7", "tac": "0x2AFE", "cid": "34564631", "pci": "149", "earfcn": "6400",
    "rsrp": "-81", "rsrq": "-12",
}  # fmt: skip
LTE_CELL = {
    "mcc": 240, "mnc": 7, "tac": 0x2AFE, "cid": 34564631, "pci": 149, "earfcn": 6400,
    "rsrp": -81, "rsrq": -12,
}  # fmt: skip
CPSI_LTE = (
    "+CPSI: LTE CAT-M1,Online,{mcc}-{mnc},{tac},{cid},{pci},EUTRAN-BAND20,{earfcn},3,3,"
    "{rsrq},{rsrp}"
)
CENG_LTE = '+CENG: 0,"{earfcn},{pci},{rsrp},-52,{rsrq},10,{tac},{cid},{mcc},{mnc}"'


def merged(*parts):
    found = {}
    for part in parts:
        found.update(part)
    return found


def without(cell, *names):
    return {name: cell[name] for name in cell if name not in names}


def changed(fields, key, text):
    return merged(fields, {key: text})


def only(found):
    """Return the one cell of a list, or None if it is empty."""
    assert len(found) < 2
    return found[0] if found else None
