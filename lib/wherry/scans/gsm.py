"""Cells in the form of HERE Tracking's `scan.gsm` and `scan.lte`, from +CPSI and +CENG lines.

    +CPSI: GSM,Online,mcc-mnc,lac (0x..),cid,arfcn band,dBm,..
    +CPSI: LTE CAT-M1,Online,mcc-mnc,tac (0x..),cid,pci,band,earfcn,dlbw,ulbw,rsrq,rsrp,rssi,snr
    +CENG: mode,neighbours[,count,system]                 then one line per cell, from 0:
    +CENG: 0,"bcch,rxl,rxq,mcc,mnc,bsic,cid,rla,txp,lac,ta"    the serving cell of a SIM800
    +CENG: n,"bcch,rxl,bsic,cid,mcc,mnc,lac"              a neighbour; of a SIM7000 any cell
    +CENG: n,"bcch,rxl,bsic,mcc,mnc,lac"                  a neighbour without its id
    +CENG: n,"mcc,mnc,lac,cid,bsic,rxl"                   any cell in mode 3
    +CENG: 0,"earfcn,pci,rsrp,rssi,rsrq,snr,tac,cid,mcc,mnc,.."     LTE; n > 0 ends with snr

See the SIM800 and SIM7000 Series AT Command Manuals (V1.09, V1.03). In a +CENG line of GSM, lac
and cid are hexadecimal. rxl counts from -110 dBm in steps of 1 dB (GSM 05.08, 8.1.4); ta 255 means
unknown. A field out of HERE's bounds is omitted, and the cell as well if HERE requires the field.
"""

from micropython import const

_CELLS_MAX = const(16)
_UNKNOWN = const(0xFFFF)
_LTE_CID_MAX = const(268435455)


class Cells:
    """`gsm` and `lte` are HERE's lists, the serving cell first; `trouble`: why both are empty."""

    def __init__(self, lines: list):
        self.gsm = []
        self.lte = []
        self.trouble = None
        self._gsm_near = []
        self._lte_near = []
        self._mode = self._system = ""
        for line in lines:
            self._read(line)
        for found, near in ((self.gsm, self._gsm_near), (self.lte, self._lte_near)):
            if found and near:
                found[0]["nmr"] = near[:_CELLS_MAX]
            del found[_CELLS_MAX:]
        if not self.gsm and not self.lte and not self.trouble:
            self.trouble = "the modem reports no cell"

    def _read(self, line):
        name, _, rest = line.partition(":")
        if name == "+CPSI":
            self._read_system(rest.strip().split(","))
        elif '"' in rest:
            head, _, cell = rest.partition('"')
            number = _number(head.strip(" ,"), 0, 99)
            if number is not None:
                self._read_cell(number, cell.split('"')[0].split(","))
        else:
            fields = rest.split(",")
            self._mode = fields[0].strip()
            self._system = fields[3].strip() if len(fields) > 3 else "GSM"

    def _read_system(self, fields):
        if fields[0] == "GSM":
            self._add(self.gsm, _gsm_of_cpsi(fields))
        elif fields[0] in ("LTE", "LTE CAT-M1"):
            self._add(self.lte, _lte_of_cpsi(fields))
        else:
            # HERE's LTE cells do not include those of NB-IoT.
            self.trouble = "the modem says " + fields[0]

    def _read_cell(self, number, fields):
        if self._system[:3] == "LTE":
            if self._system != "LTE NB-IOT":
                self._read_lte(number, fields)
        elif self._mode == "3":
            self._add(self.gsm, _gsm_of_mode_3(fields))
        elif number:
            self._add(self._gsm_near, _gsm_neighbour(fields))
        else:
            cell = _gsm_of_ceng(fields)
            if cell:
                # A +CENG line has more fields than a +CPSI line.
                self.gsm = [cell]

    def _read_lte(self, number, fields):
        if number:
            self._add(self._lte_near, _channel(fields[1:], fields[0]))
        elif not self.lte:
            # +CPSI is certain to print the tac in hexadecimal, so its cell is preferred.
            self._add(self.lte, _lte_of_ceng(fields))

    def _add(self, found, cell):
        if cell and cell not in found:
            found.append(cell)


# GSM


def _gsm(mcc, mnc, lac, cid):
    """Return a cell, or None if one of its four fields is out of bounds."""
    cell = {"mcc": _number(mcc, 200, 999), "mnc": _number(mnc, 0, 999), "lac": lac, "cid": cid}
    return None if None in cell.values() else cell


def _gsm_of_cpsi(fields):
    if len(fields) < 7:
        return None
    mcc, _, mnc = fields[2].partition("-")
    cell = _gsm(mcc, mnc, _number(fields[3], 1, 65535), _number(fields[4], 0, 65535))
    if cell:
        level = _number(fields[6], -140, 0)
        _set(cell, "rxlevel", None if level is None else min(max(level, -110), -25))
    return cell


def _gsm_of_ceng(fields):
    """Return the serving cell of a line, in the field order of either modem, or None."""
    if len(fields) >= 11:
        bcch, rxl, _, mcc, mnc, bsic, cid, _, _, lac, ta = fields[:11]
    elif len(fields) == 7:
        bcch, rxl, bsic, cid, mcc, mnc, lac = fields
        ta = ""
    else:
        return None
    cell = _gsm(mcc, mnc, _area(lac), _id(cid))
    if cell:
        _set(cell, "rxlevel", _level(rxl))
        _set(cell, "ta", _number(ta, 0, 63))
        _set_channel(cell, bsic, bcch)
    return cell


def _gsm_of_mode_3(fields):
    if len(fields) != 6:
        return None
    mcc, mnc, lac, cid, _, rxl = fields
    cell = _gsm(mcc, mnc, _area(lac), _id(cid))
    if cell:
        _set(cell, "rxlevel", _level(rxl))
    return cell


def _gsm_neighbour(fields):
    """Return a neighbour, or None if its channel or, as the mcc shows, its bsic is unknown."""
    if len(fields) == 7:
        bcch, rxl, bsic, cid, mcc, _, lac = fields
    elif len(fields) == 6:
        bcch, rxl, bsic, mcc, _, lac = fields
        cid = ""
    else:
        return None
    cell = {}
    _set_channel(cell, bsic, bcch)
    if not cell or _number(mcc, 200, 999) is None:
        return None
    _set(cell, "rxlevel", _level(rxl))
    _set(cell, "lac", _area(lac))
    _set(cell, "cid", _id(cid))
    return cell


def _set_channel(cell, bsic, bcch):
    """Set both fields or neither."""
    bsic, bcch = _number(bsic, 0, 63), _number(bcch, 0, 1023)
    if bsic is not None and bcch is not None:
        cell["bsic"], cell["bcch"] = bsic, bcch


def _level(rxl):
    # Real modems slightly exceed the scale's maximum of 63; 99 means unknown.
    steps = _number(rxl, 0, 85)
    return None if steps is None else steps - 110


def _area(lac):
    return _number(lac, 1, _UNKNOWN - 1, 16)


def _id(cid):
    return _number(cid, 0, _UNKNOWN - 1, 16)


# LTE


def _lte_of_cpsi(fields):
    if len(fields) < 8:
        return None
    mcc, _, mnc = fields[2].partition("-")
    rsrq, rsrp = fields[10:12] if len(fields) > 11 else ("", "")
    return _lte(mcc, mnc, fields[4], fields[3], fields[5], fields[7], rsrp, rsrq)


def _lte_of_ceng(fields):
    if len(fields) < 10:
        return None
    earfcn, pci, rsrp, _, rsrq, _, tac, cid, mcc, mnc = fields[:10]
    return _lte(mcc, mnc, cid, tac, pci, earfcn, rsrp, rsrq)


def _lte(mcc, mnc, cid, tac, pci, earfcn, rsrp, rsrq):
    cell = {
        "mcc": _number(mcc, 200, 999),
        "mnc": _number(mnc, 0, 999),
        "cid": _number(cid, 0, _LTE_CID_MAX),
    }
    if None in cell.values():
        return None
    _set(cell, "tac", _number(tac, 0, 65535))
    cell.update(_channel([pci], earfcn) or {})
    # The ranges of 3GPP TS 36.133, limited to HERE's bounds.
    power, quality = _number(rsrp, -156, -44), _number(rsrq, -34, 3)
    if power is not None:
        cell["rsrp"] = max(power, -140)
        _set(cell, "rsrq", None if quality is None else min(max(quality, -19), -3))
    return cell


def _channel(pci, earfcn):
    """Return {"pci", "earfcn"} if both are in bounds, else None."""
    pci = _number(pci[0], 0, 503) if pci else None
    earfcn = _number(earfcn, 0, 65535)
    return None if pci is None or earfcn is None else {"pci": pci, "earfcn": earfcn}


def _set(cell, key, value):
    if value is not None:
        cell[key] = value


def _number(text, low, high, base=10):
    """Return the number in a field, or None if it is invalid or out of bounds; 0x means hex."""
    text = text.strip().lower()
    if text[:2] == "0x":
        text, base = text[2:], 16
    digits = text[1:] if text[:1] == "-" else text
    if not 0 < len(digits) <= 9 or not all(c in "0123456789abcdef"[:base] for c in digits):
        return None
    number = int(text, base)
    return number if low <= number <= high else None
