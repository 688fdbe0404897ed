"""The GPS driver: real receivers' sentences, exact numbers, and stale, torn and foreign input."""

import random

from support.data import DATA
from support.node.check import raises
from support.sensors.gps_port import GGA, RMC, Ports, framed
from wherry.reading import VALUE_MAX
from wherry.sensors import gps


def cases():
    """Return [(expected words, sentences)] of the recorded sentences."""
    found = []
    with open(DATA + "nmea.txt") as file:
        for line in file:
            if line[0] == "=":
                found.append((line[1:].split(), bytearray()))
            elif line[0] == "$":
                found[-1][1].extend(line.strip().encode() + b"\r\n")
    return [(words, bytes(data)) for words, data in found]


def decoded(words):
    """Return what `decode` returns for sentences, or the message of its error."""
    return [(i, int(word)) for i, word in enumerate(words) if word != "-"]


def test_sentences_of_real_receivers():
    assert len(cases()) >= 10
    for words, data in cases():
        if words == ["no", "fix"]:
            assert str(raises(OSError, gps.decode, data)) == "no fix", data
            continue
        for heard in (data, data[70:] + data, b"\xff\x00$GPGGA,12" + data + b"$GPGGA,1235"):
            assert gps.decode(heard) == decoded(words), (heard, gps.decode(heard))


def test_degrees_are_exact():
    seed = random.getrandbits(30)
    print("5000 angles, seed", seed)
    random.seed(seed)
    for count in range(5000):
        degrees_max = random.choice((90, 180))
        places = random.randrange(9)
        whole, minute = random.randrange(degrees_max), random.randrange(60)
        fraction = "".join([str(random.randrange(10)) for _ in range(places)])
        text = "%d%02d" % (whole, minute) + ("." + fraction if places else "")
        if whole < 10 or random.randrange(2):
            text = "0" + text
        # Compute the same value with integers, in units of 10**-places minutes, rounded half up.
        parts = int("%d" % (whole * 60 + minute)) * 10**places + int(fraction or "0")
        unit = 60 * 10**places
        expected = (2 * parts * 1000000 + unit) // (2 * unit)
        for side, sign in (("N", 1), ("S", -1)):
            value = gps._degrees(text, side, "NS", degrees_max)
            assert value == sign * expected, (seed, count, text, value, expected)
            assert -VALUE_MAX <= value <= VALUE_MAX


def test_talkers_and_fields():
    for talker in ("GP", "GN", "GL", "GA", "BD", "GB", "GQ"):
        body = talker + (GGA % ("123519.00", "4"))[2:]
        assert gps.decode(framed(body))[:2] == [(0, 48117300), (1, 11516667)], talker
    assert gps.CHANNELS[0][2] == gps.CHANNELS[1][2] == 6
    both = framed(GGA % ("123519", "1")) + framed(RMC % ("123519", "A", "A"))
    assert [i for i, _ in gps.decode(both)] == [0, 1, 2, 3, 4, 5, 6]
    # Only the readings whose fields a receiver leaves empty are omitted.
    bare = "GPGGA,123519,4807.038,N,01131.000,E,1,,,,M,,M,,"
    assert gps.decode(framed(bare)) == [(0, 48117300), (1, 11516667)]
    still = "GPRMC,123519,A,4807.038,N,01131.000,E,,,230394,,,A"
    assert gps.decode(framed(still)) == [(0, 48117300), (1, 11516667)]
    for heading, expected in (("359.96", 0), ("360.0", 0), ("0.04", 0), ("359.94", 3599)):
        body = "GPRMC,123519,A,4807.038,N,01131.000,E,1.0,%s,230394,,,A" % heading
        assert (4, expected) in gps.decode(framed(body)), heading


def test_impossible_counts_of_satellites_are_left_out():
    for reported, count in (("00", 0), ("12", 12), ("99", 99), ("099", 99), ("100", None),
                        ("99999", None), ("-1", None), ("1e1", None), ("", None)):  # fmt: skip
        said = (GGA % ("123519", "1")).replace(",08,", ",%s," % reported)
        values = dict(gps.decode(framed(said)))
        assert values.get(5) == count, reported
        assert values[2] == 5454


def test_the_accuracy_is_five_metres_times_hdop_rounded_half_up():
    for reported, expected in (("0.9", 45), ("0.91", 46), ("0.92", 46), ("0.93", 47), ("0.01", 1),
                           ("99.99", 5000), ("", None)):  # fmt: skip
        said = (GGA % ("123519", "1")).replace(",0.9,", ",%s," % reported)
        assert dict(gps.decode(framed(said))).get(6) == expected, reported


def test_sentences_without_a_measurement_are_not_a_fix():
    for quality in ("0", "6", "7", "8", "", "x"):
        error = raises(OSError, gps.decode, framed(GGA % ("123519", quality)))
        assert str(error) == "no fix", quality
    for status, mode in (("V", "A"), ("A", "N"), ("A", "E"), ("A", "M"), ("A", "S"), ("", "A")):
        said = framed(GGA % ("123519", "1")) + framed(RMC % ("123519", status, mode))
        assert str(raises(OSError, gps.decode, said)) == "no fix", (status, mode)


def test_a_fix_belongs_to_one_second_and_is_at_most_3_s_old():
    old = framed(GGA % ("235958", "1")) + framed(RMC % ("235958", "A", "A"))
    for time, is_fresh in (("235959", True), ("000001", True), ("000002", False), ("12", False)):
        said = old + framed(RMC % (time, "V", "N"))
        if is_fresh:
            assert len(gps.decode(said)) == 7, time
        else:
            assert "no fix in the last 3 s" in str(raises(OSError, gps.decode, said)), time
    # When the next second has begun, its position is not mixed with the previous second's speed.
    moved = (GGA % ("235959", "1")).replace("4807", "4808")
    assert gps.decode(old + framed(moved))[0] == (0, 48117300)
    assert gps.decode(framed(RMC % ("235958", "A", "A")) + framed(moved)) == [
        (0, 48133967), (1, 11516667), (2, 5454), (5, 8), (6, 45),
    ]  # fmt: skip
    assert "no fix" in str(raises(OSError, gps.decode, framed(GGA % ("", "1"))))


def test_a_corrupted_sentence_is_not_accepted():
    right = framed(GGA % ("123519", "1"))
    wrong = [right[:i] + bytes((right[i] ^ 1,)) + right[i + 1 :] for i in range(1, len(right) - 2)]
    wrong += [right[:i] for i in range(len(right) - 2)]
    wrong += [b"", b"$", b"*", b"$*", b"$GPGGA*56", framed("GPGGA,1"), framed("PUBX,00,1,2,3,4,5")]
    wrong += [framed("GPGGA," + "1," * 100), right.replace(b"*47", b"*4")]
    for said in wrong:
        error = raises(OSError, gps.decode, said)
        assert "no sentence in %d bytes" % len(said) in str(error), said
        assert gps.decode(said + right) == gps.decode(right), said


def test_noise_is_at_most_an_error():
    seed = random.getrandbits(30)
    print("1500 noises, seed", seed)
    random.seed(seed)
    sources = [data for _, data in cases()]
    fixes = 0
    for count in range(1500):
        said = bytearray(random.choice(sources) + random.choice(sources))
        for _ in range(random.randrange(8)):
            said[random.randrange(len(said))] = random.choice((0, 36, 42, 44, 255, 48, 10))
        begin = random.randrange(len(said))
        try:
            values = gps.decode(bytes(said[begin:]))
        except OSError:
            continue
        fixes += 1
        bounds = (90000000, 180000000, 10**7, 10**8, 3599, 10**6, 10**7)
        for i, value in values:
            assert -bounds[i] <= value <= bounds[i], (seed, count, values)
    print(fixes, "fixes")
    assert fixes > 50


def test_the_sensor_drops_old_input_and_reports_errors():
    ports = Ports()
    sensor = gps.Sensor({"uart": "gps"}, ports)
    ports.line.received = framed(GGA % ("010101", "1"))
    assert 1000 < sensor.start(True) < 3000
    assert str(raises(OSError, sensor.read)) == "nothing is received"
    sensor.start(False)
    ports.line.received = framed(GGA % ("123519", "1"))
    assert sensor.read()[0] == (0, 48117300)
    sensor.start(False)
    ports.line.received = b"\xf0\x80" * 500
    assert "no sentence in 1000 bytes" in str(raises(OSError, sensor.read))


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


def test_a_speed_in_knots_is_returned_in_centimetres_a_second():
    for knots_1000 in list(range(120)) + [999, 1000, 1001, 22400, 102_400, 999_999, 999_999_000]:
        reported = "%d.%03d" % (knots_1000 // 1000, knots_1000 % 1000)
        # 1852 m in 3600 s, rounded half up.
        expected = (2 * knots_1000 * 185_200 + 3_600_000) // 7_200_000
        assert dict(of_rmc(f7=reported))[3] == expected, reported
    for reported, expected in (("0.0094", 0), ("0.0095", 1), ("1", 51), ("x", None), ("", None)):
        assert dict(of_rmc(f7=reported)).get(3) == expected, reported
