"""Radio scans: the access points and beacons that HERE gets, and those that it must not get."""

import json
import random
from binascii import b2a_base64

from support.scans.octets import octets
from wherry.scans.bluetooth import beacon_id, beacons, keep
from wherry.scans.wlan import access_points


def point(mac, rssi=-60, ssid="net", channel=6):
    """Return an access point as a tuple of WLAN.scan()."""
    return (ssid.encode(), octets(mac), channel, rssi, 3, False)


def test_access_points_as_here_accepts_them():
    found = access_points([
        point("1C:1D:86:07:01:0F", -45), point("e4:f4:c6:d9:85:59", -39, channel=36),
        point("1c:1d:86:07:01:0d", -200, channel=14), point("1c:1d:86:07:01:0b", 3, channel=1),
        point("1c:1d:86:07:01:04", -58, channel=0), point("1c:1d:86:07:01:03", -59, channel=165),
    ])  # fmt: skip
    assert found == [
        {"mac": "1c:1d:86:07:01:0b", "powrx": 0, "band": 2.4},
        {"mac": "e4:f4:c6:d9:85:59", "powrx": -39, "band": 5},
        {"mac": "1c:1d:86:07:01:0f", "powrx": -45, "band": 2.4},
        {"mac": "1c:1d:86:07:01:04", "powrx": -58},
        {"mac": "1c:1d:86:07:01:03", "powrx": -59, "band": 5},
        {"mac": "1c:1d:86:07:01:0d", "powrx": -128, "band": 2.4},
    ]
    text = json.dumps(found)
    assert text.count('"band": 2.4') == 3 and text.count('"band": 5') == 2, text


def test_access_points_that_move_or_opt_out_are_left_out():
    left = [point("1c:1d:86:07:01:01"), point("1c:1d:86:07:01:02", ssid="")]
    for other in (
        point("1c:1d:86:07:01:03", ssid="home_nomap"), point("1c:1d:86:07:01:04", ssid="_nomap"),
        point("1c:1d:86:07:01:05", ssid="home_nomap\0\0"), point("02:00:00:00:00:01"),
        point("de:ad:be:ef:00:01"), point("01:00:5e:00:00:01"), point("1c:1d:86:07:01"),
    ):  # fmt: skip
        macs = [entry["mac"] for entry in access_points([other] + left)]
        assert macs == ["1c:1d:86:07:01:01", "1c:1d:86:07:01:02"], other
    # A name opts out only if it ends with exactly "_nomap".
    for ssid in ("_nomap_5g", "home_NOMAP", "nomap"):
        assert len(access_points([point("1c:1d:86:07:01:03", ssid=ssid)] + left)) == 3, ssid


def test_a_channel_implies_its_band_and_an_address_has_six_bytes():
    other = point("1c:1d:86:07:01:02", -90)
    for channel, band in (
        (0, None), (1, 2.4), (14, 2.4), (15, None), (31, None), (32, 5), (177, 5), (178, None),
    ):  # fmt: skip
        found = access_points([point("1c:1d:86:07:01:01", channel=channel), other])
        assert found[0].get("band") == band, channel
    for mac, count in (
        ("1c1d86070101", 2), ("1c1d860701", 0), ("1c1d8607010101", 0), ("", 0),
        ("1d1d86070101", 0), ("1e1d86070101", 0), ("1f1d86070101", 0), ("001d86070101", 2),
        ("fc1d86070101", 2),
    ):  # fmt: skip
        assert len(access_points([point(mac), other])) == count, mac


def test_a_single_access_point_is_not_sent_and_at_most_twenty_are_sent():
    one = point("1c:1d:86:07:01:01", -70)
    assert access_points([]) == [] and access_points([one]) == []
    assert access_points([one, point("1c:1d:86:07:01:01", -50)]) == []
    other = point("1c:1d:86:07:01:02", -80)
    twice = access_points([other, one, point("1c:1d:86:07:01:01", -50), one])
    assert [entry["powrx"] for entry in twice] == [-50, -80]
    many = [point("1c:1d:86:07:%02x:01" % i, -30 - i % 40) for i in range(130)]
    assert len(access_points(many)) == 20 and len(access_points(many, 128)) == 128
    levels = [entry["powrx"] for entry in access_points(many)]
    assert levels == sorted(levels, reverse=True) and levels[0] == -30


# Bluetooth: Eddystone-UID from google/eddystone, iBeacon from Apple's accessory guide.
FLAGS = octets("020106")
NAMESPACE, INSTANCE = octets("00112233445566778899"), octets("aabbccddeeff")
EDDYSTONE = octets("0303aafe 1716aafe00e7") + NAMESPACE + INSTANCE + bytes(2)
UUID, MAJOR_MINOR = octets("fda50693a4e24fb1afcfc6eb07647825"), octets("00010002")
IBEACON = octets("1aff4c000215") + UUID + MAJOR_MINOR + octets("c5")
EDDYSTONE_ID = b2a_base64(NAMESPACE + INSTANCE)[:-1].decode()
IBEACON_ID = b2a_base64(UUID + MAJOR_MINOR)[:-1].decode()


def test_ids_in_advertisements():
    assert len(EDDYSTONE_ID) == 24 and len(IBEACON_ID) == 28
    cut = octets("1516aafe00e7") + NAMESPACE + INSTANCE  # Older beacons omit the last two bytes.
    for data, expected in (
        (FLAGS + EDDYSTONE, ("eddystoneId", EDDYSTONE_ID)), (cut, ("eddystoneId", EDDYSTONE_ID)),
        (FLAGS + IBEACON, ("iBeaconId", IBEACON_ID)), (IBEACON, ("iBeaconId", IBEACON_ID)),
        (b"", None), (FLAGS, None), (b"\x00" + IBEACON, None), (b"\xff" + IBEACON, None),
        (octets("0303aafe 0616aafe10e700"), None),  # Eddystone-URL
        (octets("1116aafe2000") + bytes(12), None),  # Eddystone-TLM
        (octets("1516aafe00e7") + NAMESPACE + INSTANCE[:5], None),
        (octets("1aff4c001005") + UUID + MAJOR_MINOR + b"\xc5", None),
        (octets("19ff4c000215") + UUID + MAJOR_MINOR, None),
        (octets("1aff59000215") + UUID + MAJOR_MINOR + b"\xc5", None),
    ):  # fmt: skip
        assert beacon_id(data) == expected, data


def test_every_advertisement_can_be_read():
    seed = random.getrandbits(30)
    print("3000 advertisements, seed", seed)
    random.seed(seed)
    found = 0
    for _ in range(3000):
        data = bytearray(FLAGS + random.choice((IBEACON, EDDYSTONE)))[: random.randrange(40)]
        for _ in range(random.randrange(3)):
            if data:
                data[random.randrange(len(data))] = random.choice((0, 1, 255, 22, 30))
        name = beacon_id(bytes(data))
        found += name is not None
        assert name is None or len(name[1]) == {"eddystoneId": 24, "iBeaconId": 28}[name[0]]
    assert found > 100


def heard(*adverts):
    """Return the beacons that are kept from advertisements (address type, address, dBm, data)."""
    kept = {}
    for addr_type, addr, rssi, data in adverts:
        # Overwrite the views after the event, because the chip's views are invalid by then.
        buffer, view = bytearray(octets(addr)), bytearray(data)
        keep(kept, addr_type, memoryview(buffer), rssi, memoryview(view))
        for i in range(len(buffer)):
            buffer[i] = 0xA5
    return kept


def test_beacons_as_here_accepts_them():
    kept = heard(
        (0, "00:1a:7d:da:71:13", -80, FLAGS), (0, "00:1a:7d:da:71:13", -62, b""),
        (0, "00:1a:7d:da:71:13", -75, FLAGS), (1, "c3:00:00:00:00:01", -30, FLAGS),
        (1, "c3:00:00:00:00:02", -70, EDDYSTONE), (1, "c3:00:00:00:00:02", -71, FLAGS),
        (0, "00:1a:7d:da:71:14", -66, FLAGS), (0, "00:1a:7d:da:71:14", -68, IBEACON),
        (3, "c3:00:00:00:00:04", -140, EDDYSTONE[4:21] + b"\x01" + EDDYSTONE[22:]),
        (0, "00:1a:7d:da:71:15", 127, FLAGS), (0, "00:1a:7d:da:71", -60, FLAGS),
    )  # fmt: skip
    found = beacons(kept)
    assert found[:3] == [
        {"rss": -62, "mac": "00:1a:7d:da:71:13"},
        {"rss": -66, "iBeaconId": IBEACON_ID},
        {"rss": -70, "eddystoneId": EDDYSTONE_ID},
    ]
    assert len(found) == 4 and found[3]["rss"] == -128 and sorted(found[3])[0] == "eddystoneId"
    assert beacons(kept, 1) == found[:1] and beacons({}) == []


def test_a_beacon_that_changes_its_address_counts_once():
    adverts = [(1, "c3:00:00:00:00:%02x" % i, -90 + i, IBEACON) for i in range(9)]
    assert beacons(heard(*adverts)) == [{"rss": -82, "iBeaconId": IBEACON_ID}]


def test_of_many_beacons_the_strongest_are_kept():
    adverts = [(0, "00:1a:7d:00:00:%02x" % i, -100 + i % 60, FLAGS) for i in range(200)]
    kept = heard(*adverts)
    found = beacons(kept)
    assert len(kept) <= 64 and len(found) == 20
    assert [entry["rss"] for entry in found][:3] == [-41, -41, -41]
