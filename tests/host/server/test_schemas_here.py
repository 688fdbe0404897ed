"""The schema of HERE's items: the vendor's examples pass, and each bound is where it belongs."""

import json

import pytest
from support.server.request_schemas import (
    PAYLOAD_SIZE_MAX,
    check_body,
    faults,
    named,
    parsed,
    payload_sizes,
)
from support.server.schema_bounds import (  # fmt: skip
    FOREIGN,
    FREE,
    GONE,
    NEEDED,
    NO_NUMBER,
    NO_TEXT,
    STAMP,
    STAMPS,
    listed,
    number,
    one_of,
    text,
    try_bounds,
    whole,
)

_WLAN = (
    ("1c:1d:86:07:01:0f", -45), ("e4:f4:c6:d9:85:59", -39), ("1c:1d:86:07:01:0d", -43),
    ("1c:1d:86:07:01:0b", -44), ("1c:1d:86:07:01:04", -58), ("1c:1d:86:07:01:03", -59),
)  # fmt: skip
_NMR = ((6, 82), (7, 85), (12, 93), (13, 88), (19, 88))
_REST = {"payload": {"sensor": "data"}, "timestamp": 1515169948976}
# As printed by the vendor.
EXAMPLES = (
    [{"scan": {"gsm": [{
        "mcc": 262, "mnc": 1, "lac": 5126, "cid": 16504,
        "nmr": [{"bsic": bsic, "bcch": bcch} for bsic, bcch in _NMR],
    }]}, **_REST}],
    [{"scan": {"wlan": [{"mac": mac, "powrx": powrx} for mac, powrx in _WLAN]}, **_REST}],
    [],
)  # fmt: skip

# An item with every member that has a bound.
GSM = {
    "mcc": 262, "mnc": 1, "lac": 5126, "cid": 16504, "rxlevel": -70, "ta": 3, "bsic": 6,
    "bcch": 82, "nmr": [{"bsic": 6, "bcch": 82, "rxlevel": -80, "lac": 5126, "cid": 1}],
}  # fmt: skip
LTE = {
    "mcc": 262, "mnc": 1, "cid": 74777865, "tac": 3, "pci": 3, "earfcn": 8, "rsrp": -100,
    "rsrq": -9.5, "ta": 3, "nmr": [{"pci": 4, "earfcn": 8}],
}  # fmt: skip
ITEM = {
    "timestamp": 1515169948976,
    "payload": {"any": [1, "thing"]},
    "position": {
        "lat": 55.9, "lng": -3.2, "accuracy": 5.2, "alt": -3.5, "altaccuracy": 1.5,
        "confidence": 68, "heading": 9, "speed": 3, "satellitecount": 9, "wlancount": 9,
        "type": "gnss", "timestamp": 1515169948976,
        "floor": {"id": "a", "name": "ground", "level": 0},
    },
    "scan": {
        "wlan": [{"mac": "1c:1d:86:07:01:0f", "powrx": -45, "band": 2.4, "timestamp": STAMP}],
        "bt": [{"rss": -45, "mac": "1C-1D-86-07-01-0F"}],
        "gsm": [GSM], "lte": [LTE], "wcdma": [], "tdscdma": [], "cdma": [],
        "country": {"mcc": 262}, "gps": {"lat": 55.9, "lng": -3.2, "accuracy": 5},
    },
    "system": {
        "stateVersion": 3, "mode": "normal", "iccid": "8" * 19, "imsi": "2" * 15,
        "phoneNumber": "+49123",
        "client": {
            "manufacturer": "wherry", "model": "m", "firmware": "f", "name": "n-1",
            "platform": "esp32", "version": "0.1.0", "modules": [], "diskquota": 5,
            "hasTemperatureSensor": True, "accelerometerSensorRange": [2, 4], "homenetwork": [],
        },
        "reportedSensorData": {
            "temperatureC": 21.5, "relativeHumidity": 40.5, "pressureHpa": 1013.25,
            "batteryLevel": 88, "batteryIsCharging": False, "accelerationG": 1.02,
            "tiltDegree": 3.5, "deviceIsAttached": True, "deviceIsStationary": True,
            "deviceIsTampered": False,
        },
    },
}  # fmt: skip

_MACS = (
    ("1c:1d:86:07:01:0f", "1C-1D-86-07-01-0F"),
    ("1c1d8607010f", "1c:1d:86:07:01", "1c:1d:86:07:01:0g", "1c:1d:86:07:01:0f:00", *NO_TEXT),
)

_BEACONS = (
    ({"rss": -1, "iBeaconId": "A" * 28}, {"rss": -1, "eddystoneId": "A" * 22 + "=="}),
    ({"rss": -1, "iBeaconId": "A" * 24}, {"rss": -1, "eddystoneId": "A" * 28}, {"rss": -1}),
)
_LAT, _LNG = number(-90, 90), number(-180, 180)
_LEVEL, _RX = whole(-128, 0), whole(-110, -25)
_MCC, _MNC, _LAC, _CID = whole(200, 999), whole(0, 999), whole(1, 65535), whole(0, 65535)
_SIX_BITS, _TEN_BITS = whole(0, 63), whole(0, 1023)
_MS = whole(2, 4_102_448_400_000, 1515169948976)
_TRUTH = (True, False), (1, 0, "true", None)
# (member, bounds as in schema_bounds)
BOUNDS = [("", (([], [ITEM] * 300), (ITEM, None)))] + [
    ("0." + member, bounds)
    for member, bounds in (
        ("timestamp", _MS), ("timestamp", NEEDED), ("readings", FOREIGN),
        ("payload", ((GONE, {}, {"led": None}), ([], "x", None))),
        ("position", FREE), ("scan", ((GONE, {}), ([],))), ("system", ((GONE, {}), ([],))),
    )
] + [
    ("0.position." + member, bounds)
    for member, bounds in (
        ("lat", _LAT), ("lat", NEEDED), ("lng", _LNG), ("lng", NEEDED),
        ("accuracy", ((0, 5.2, 1e6), (-0.1, *NO_NUMBER))), ("accuracy", NEEDED),
        ("alt", ((GONE, -400.5, 9000), NO_NUMBER)),
        ("altaccuracy", ((GONE, 0, 5.5), (-0.1, *NO_NUMBER))), ("confidence", whole(50, 95, GONE)),
        ("heading", whole(0, 359)), ("heading", NEEDED), ("speed", NEEDED),
        ("speed", ((0, 1000), (-1, 3.0, 3.5, *NO_NUMBER))), ("satellitecount", whole(1, 50, GONE)),
        ("wlancount", whole(1, 254, GONE)), ("type", one_of("gnss", "cell", "wlan")),
        ("timestamp", _MS), ("floor.id", text(1, 100)), ("floor.name", text(1, 255)),
        ("floor.level", whole(-999, 999)), ("floor.id", NEEDED), ("floor.name", NEEDED),
        ("floor.level", NEEDED), ("floor", FREE), ("lon", FOREIGN),
    )
] + [
    ("0.scan." + member, bounds)
    for member, bounds in (
        ("wlan", listed(128, {"mac": "1c:1d:86:07:01:0f"})), ("wlan.0.mac", _MACS),
        ("wlan.0.mac", NEEDED), ("wlan.0.powrx", _LEVEL), ("wlan.0.timestamp", STAMPS),
        ("wlan.0.band", ((GONE, 2.4, 3.65, 5), (2, 6, "5", None))), ("wlan.0.ssid", FOREIGN),
        ("bt", listed(128, {"rss": -1, "mac": "1c:1d:86:07:01:0f"})), ("bt.0.rss", _LEVEL),
        ("bt.0.rss", NEEDED), ("bt.0.mac", _MACS), ("bt.0.mac", NEEDED),
        ("bt.0", _BEACONS),
        ("gsm", listed(16, GSM)), ("gsm.0.mcc", _MCC), ("gsm.0.mcc", NEEDED),
        ("gsm.0.mnc", _MNC), ("gsm.0.mnc", NEEDED), ("gsm.0.lac", _LAC), ("gsm.0.lac", NEEDED),
        ("gsm.0.cid", _CID), ("gsm.0.cid", NEEDED), ("gsm.0.rxlevel", _RX),
        ("gsm.0.ta", _SIX_BITS), ("gsm.0.bsic", _SIX_BITS), ("gsm.0.bsic", NEEDED),
        ("gsm.0.bcch", _TEN_BITS), ("gsm.0.bcch", NEEDED), ("gsm.0.arfcn", FOREIGN),
        ("gsm.0.nmr", listed(16, {"bsic": 1, "bcch": 2})), ("gsm.0.nmr.0.bsic", _SIX_BITS),
        ("gsm.0.nmr.0.bsic", NEEDED), ("gsm.0.nmr.0.bcch", _TEN_BITS),
        ("gsm.0.nmr.0.bcch", NEEDED), ("gsm.0.nmr.0.rxlevel", _RX), ("gsm.0.nmr.0.lac", _LAC),
        ("gsm.0.nmr.0.cid", _CID), ("gsm.0.nmr.0.mcc", FOREIGN),
        ("lte", listed(16, LTE)), ("lte.0.mcc", _MCC), ("lte.0.mcc", NEEDED),
        ("lte.0.mnc", _MNC), ("lte.0.mnc", NEEDED), ("lte.0.cid", whole(0, 268_435_455)),
        ("lte.0.cid", NEEDED), ("lte.0.tac", whole(0, 65535, GONE)), ("lte.0.pci", whole(0, 503)),
        ("lte.0.pci", NEEDED), ("lte.0.earfcn", whole(0, 65535)), ("lte.0.earfcn", NEEDED),
        ("lte.0.rsrp", number(-140, -44)), ("lte.0.rsrp", NEEDED),
        ("lte.0.rsrq", number(-19.5, -3)), ("lte.0.rsrq", FREE), ("lte.0.ta", whole(0, 1282)),
        ("lte.0.nmr", listed(16, {"pci": 1, "earfcn": 2})), ("lte.0.nmr.0.pci", whole(0, 503)),
        ("lte.0.nmr.0.pci", NEEDED), ("lte.0.nmr.0.earfcn", whole(0, 65535)),
        ("lte.0.nmr.0.earfcn", NEEDED), ("lte.0.rssi", FOREIGN), ("wcdma", listed(16, {})),
        ("tdscdma", listed(16, {})), ("cdma", listed(16, {})), ("country.mcc", _MCC),
        ("gps.lat", _LAT), ("gps.lng", _LNG), ("gps.accuracy", NEEDED), ("wifi", FOREIGN),
    )
] + [
    ("0.system." + member, bounds)
    for member, bounds in (
        ("stateVersion", ((GONE, 0, 2**40), (-1, 3.0, *NO_NUMBER))), ("iccid", text(18, 22)),
        ("mode", one_of("unknown", "normal", "flight", "transport", "sleep")),
        ("imsi", (("1", "1" * 15), ("", "1" * 16, "1a", *NO_TEXT))), ("state", FOREIGN),
        ("phoneNumber", (("+49",), ("49", "", *NO_TEXT))), ("client.manufacturer", text(2, 50)),
        ("client.model", text(1, 50)), ("client.firmware", text(1, 150)),
        ("client.name", text(3, 50)), ("client.platform", text(3, 50)),
        ("client.version", (("0.1.0", "10.20.30"), ("1.0", "v1.0.0", "1.0." + "9" * 57, 1.0))),
        ("client.modules", listed(10, {})), ("client.homenetwork", listed(2, {})),
        ("client.accelerometerSensorRange", listed(5, 2)), ("client.vendor", FOREIGN),
        ("client.hasTemperatureSensor", _TRUTH), ("reportedSensorData", FREE),
    )
] + [
    ("0.system.reportedSensorData." + member, bounds)
    for member, bounds in (
        ("temperatureC", number(-70, 100)), ("relativeHumidity", number(0, 100)),
        ("pressureHpa", number(300, 1500)), ("batteryLevel", whole(0, 100)),
        ("batteryIsCharging", _TRUTH), ("accelerationG", number(-100, 100)),
        ("tiltDegree", ((GONE, -3.5, 360), NO_NUMBER)), ("deviceIsAttached", _TRUTH),
        ("deviceIsStationary", _TRUTH), ("deviceIsTampered", _TRUTH), ("temperature", FOREIGN),
    )
]  # fmt: skip


@pytest.mark.parametrize("content", (*EXAMPLES, [ITEM]))
def test_valid_bodies(content):
    assert faults("here_items", parsed(json.dumps(content))) == []


def test_the_bounds():
    try_bounds("here_items", [ITEM], BOUNDS)


def test_faults_that_a_schema_cannot_express():
    for size in (PAYLOAD_SIZE_MAX, PAYLOAD_SIZE_MAX + 1):
        # Each takes two bytes when encoded.
        letters = "é" * ((size - 10) // 2) + "x" * (size % 2)
        items = [ITEM, {**ITEM, "payload": {"log": letters}}]
        text = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
        assert payload_sizes(text)[1] == size and faults("here_items", items) == []
        if size == PAYLOAD_SIZE_MAX:
            check_body(named("items"), text)
            continue
        with pytest.raises(AssertionError):
            check_body(named("items"), text)
    nested = '{"payload":{},"a":"}\\""}'
    text = '[{"timestamp":5},{"payload":%s,"timestamp":6}]' % nested
    assert payload_sizes(text) == [len(nested)]
    with pytest.raises(AssertionError):
        check_body(named("items"), "[]")
