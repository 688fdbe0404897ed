"""The GPS driver at its bounds: sizes, numbers of fields, ages, and rounding."""

from support.node.check import raises
from support.sensors.gps_port import GGA, RMC, Ports, Uart, framed
from wherry.sensors import gps

PLACE = [(0, 48117300), (1, 11516667)]
QUALITY = [(2, 5454), (5, 8), (6, 45)]
MOTION = [(3, 1152), (4, 844)]
GGA_FIELDS = (GGA % ("123519", "1")).split(",")
RMC_FIELDS = (RMC % ("123519", "A", "A") + ",V,").split(",")


def of_gga(**fields):
    """Return the decoded values of a GGA sentence with changed fields, named f and an index."""
    return gps.decode(framed(",".join(replaced(GGA_FIELDS, fields))))


def of_rmc(**fields):
    return gps.decode(framed(",".join(replaced(RMC_FIELDS, fields))))


def replaced(fields, changes):
    return [changes.get("f%d" % i, fields[i]) for i in range(len(fields))]


def words(said):
    return str(raises(OSError, gps.decode, said))


def at(s):
    """Return a second of the day as a receiver writes it."""
    s %= 86400
    return "%02d%02d%02d" % (s // 3600, s // 60 % 60, s % 60)


def test_channels_are_as_documented():
    assert gps.CHANNELS == (
        ("latitude", "°", 6), ("longitude", "°", 6), ("altitude", "m", 1), ("speed", "m/s", 2),
        ("heading", "°", 1), ("satellites", "", 0), ("accuracy", "m", 1),
    )  # fmt: skip
    assert gps.Sensor({"uart": "gps"}, Ports()).start(True) == 1800


def test_a_sentence_has_at_least_ten_fields():
    for fields, whole in ((GGA_FIELDS, PLACE + QUALITY), (RMC_FIELDS, PLACE + MOTION)):
        for count in range(1, len(fields) + 1):
            said = framed(",".join(fields[:count]))
            if count < 10:
                assert "no sentence in" in words(said), count
            else:
                assert gps.decode(said) == whole, count


def test_a_sentence_has_at_most_119_bytes():
    body = ",".join(GGA_FIELDS)
    for size in (118, 119):
        assert gps.decode(framed(body + "," * (size - len(body)))) == PLACE + QUALITY, size
    for size in (120, 121, 240):
        said = framed(body + "," * (size - len(body)))
        assert words(said) == "no sentence in %d bytes: compare the board's baud" % len(said), size


def test_a_sentence_is_ascii_and_its_checksum_may_be_in_either_case():
    body = (",".join(GGA_FIELDS) + "%s").encode()
    for extra, is_right in ((b"\x7f", True), (b"\x80", False), (b"\xc3\xa9", False)):
        total = 0
        for octet in body.replace(b"%s", extra):
            total ^= octet
        said = b"$" + body.replace(b"%s", extra) + b"*%02X" % total
        assert is_right == (raises_none(said) is not None), extra
    for i in range(16):
        said = framed(",".join(GGA_FIELDS) + "," + chr(65 + i))
        assert gps.decode(said[:-4] + said[-4:].lower()) == PLACE + QUALITY, i
    # Hex digits without a star before them are not a checksum, wherever they are.
    body = ",".join(GGA_FIELDS).encode()
    said = framed(",".join(GGA_FIELDS))
    assert "no sentence" in words(said[-4:-2] + b"$" + body + b"\r")


def raises_none(said):
    """Return the decoded values, or None if no sentence was found."""
    try:
        return gps.decode(said)
    except OSError as error:
        assert "no sentence" in str(error)
        return None


def test_the_age_of_a_fix_follows_from_its_seconds():
    for begin in (0, 57, 59, 3597, 3599, 45296, 35999, 86397, 86399, 43199):
        fix = framed(GGA % (at(begin), "1")) + framed(RMC % (at(begin), "A", "A"))
        for age in (0, 1, 2, 3, 4, 5, 40, 60, 100, 3600, 7200, 36000, 43200, 86396, 86399):
            # An empty sentence of the same second would replace the fix, so it is omitted for 0.
            said = fix + framed(RMC % (at(begin + age), "V", "N")) if age else fix
            if age <= 3:
                assert gps.decode(said) == sorted(PLACE + QUALITY + MOTION), (begin, age)
            else:
                assert words(said) == "no fix in the last 3 s", (begin, age)
    for time in ("123519.0", "123519.123", "123519."):
        assert of_gga(f1=time) == PLACE + QUALITY, time
    for time in ("", "12351.9", "1235190.0", "1235190", "12:35:19", ".123519"):
        error = words(framed(",".join(replaced(GGA_FIELDS, {"f1": time}))))
        assert error == "no fix in the last 3 s", time


def test_the_newest_second_with_both_sentences_counts():
    said = b""
    for s in range(4):
        moved = (GGA % (at(s), "1")).replace("4807", "480%d" % s)
        said += framed(moved) + framed(RMC % (at(s), "A", "A"))
        assert dict(gps.decode(said))[0] == 48000000 + (s * 1000000 + 38000 + 30) // 60, s
    # If no second has both, the newest one counts, even with only one of the sentences.
    said = framed(GGA % (at(1), "1")) + framed((GGA % (at(2), "1")).replace("4807", "4808"))
    assert gps.decode(said) == [(0, 48133967), (1, 11516667)] + QUALITY
    assert of_rmc() == PLACE + MOTION


def test_versions_of_rmc_by_their_fields():
    for count in range(10, 16):
        for mode, is_fix in (("A", True), ("D", True), ("N", False), ("E", False)):
            fields = replaced(RMC_FIELDS, {"f12": mode})[:count]
            said = framed(",".join(fields))
            if is_fix or count < 13:
                assert gps.decode(said) == PLACE + MOTION, (count, mode)
            else:
                assert words(said) == "no fix", (count, mode)
    for quality in "12345":
        assert of_gga(f6=quality) == PLACE + QUALITY, quality


def test_each_angle_has_its_bound_and_both_must_be_valid():
    for latitude, longitude, expected in (
        ("9000.000", "18000.000", [(0, 90000000), (1, 180000000)]),
        ("9000.0000002", "18000.0000002", [(0, 90000000), (1, 180000000)]),
        ("4500.000", "9000.000", [(0, 45000000), (1, 90000000)]),
        ("8959.999", "17959.999", [(0, 89999983), (1, 179999983)]),
        ("9000.001", "01131.000", None), ("4807.038", "18000.001", None),
        ("", "01131.000", None), ("4807.038", "", None), ("07.038", "01131.000", None),
        ("7.038", "01131.000", None), ("0.5", "01131.000", None), (".5", "01131.000", None),
    ):  # fmt: skip
        fields = ",".join(replaced(GGA_FIELDS, {"f2": latitude, "f4": longitude}))
        if expected:
            assert gps.decode(framed(fields))[:2] == expected, (latitude, longitude)
        else:
            reported = "no position in %s,N,%s,E" % (latitude, longitude)
            assert words(framed(fields)) == reported, (latitude, longitude)
            fields = ",".join(replaced(RMC_FIELDS, {"f3": latitude, "f5": longitude}))
            assert words(framed(fields)) == reported, (latitude, longitude)


def test_numbers_are_rounded_half_up():
    for reported, altitude in (
        ("0", 0), ("0.04", 0), ("0.05", 1), ("-0.04", 0), ("-0.05", -1), ("-12.34", -123),
        ("-12.36", -124), ("545.449", 5454), ("545.45", 5455), ("99999.9", 999999),
        ("999999.9", 9999999), ("1000000", None), ("", None), ("-", None), ("5.", 50),
        (".5", None), ("+5", None), ("5-", None), ("1:", None), ("1/", None),
    ):  # fmt: skip
        assert dict(of_gga(f9=reported)).get(2) == altitude, reported
    for reported, heading in (
        ("0.05", 1), ("0.049", 0), ("180", 1800), ("359.949", 3599), ("360.04", 0), ("361", 10),
        ("-1", None),
    ):  # fmt: skip
        assert dict(of_rmc(f8=reported)).get(4) == heading, reported


def test_a_speed_in_knots_is_returned_in_centimetres_a_second():
    for knots_1000 in list(range(120)) + [999, 1000, 1001, 22400, 102_400, 999_999, 999_999_000]:
        reported = "%d.%03d" % (knots_1000 // 1000, knots_1000 % 1000)
        # 1852 m in 3600 s, rounded half up.
        expected = (2 * knots_1000 * 185_200 + 3_600_000) // 7_200_000
        assert dict(of_rmc(f7=reported))[3] == expected, reported
    for reported, expected in (("0.0094", 0), ("0.0095", 1), ("1", 51), ("x", None), ("", None)):
        assert dict(of_rmc(f7=reported)).get(3) == expected, reported


class Asked(Uart):
    """A UART that records how many bytes each read requested."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def read(self, count):
        self.asked.append(count)
        return super().read(count)


def test_the_sensor_reads_at_most_4096_bytes_at_a_time():
    ports = Ports()
    ports.line = Asked()
    sensor = gps.Sensor({"uart": "gps"}, ports)
    fix = framed(",".join(GGA_FIELDS))
    for size, is_read in ((100, True), (4095, True), (4096, True), (4097, False), (9000, False)):
        ports.line.received = bytes(9000)
        sensor.start(False)
        assert ports.line.asked.pop() == 9000 and not ports.line.received
        ports.line.received = bytes(size - len(fix) + 2) + fix[:-2]
        if is_read:
            assert sensor.read() == PLACE + QUALITY, size
        else:
            assert "no sentence in 4096 bytes" in str(raises(OSError, sensor.read)), size
        assert ports.line.asked.pop() == min(size, 4096)
        assert len(ports.line.received) == max(size - 4096, 0)
