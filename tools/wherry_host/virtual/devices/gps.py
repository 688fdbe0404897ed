"""A GPS receiver on a UART that sends its sentences every second and moves in circles.

It sends the default sentences of a u-blox: RMC, VTG, GGA, GSA, GSV, GLL. With the fault "stuck" it
has no satellites. The log of truth has each second that was sent, with the values as sent.
"""

import math
import time

_RADIUS_M = 500
_SPEED_M_S = 8
_EARTH_M = 6_371_000
_KNOT_M_S = 1852 / 3600
# The time from a second's start to its first byte.
_DELAY_US = 80_000
# Receivers print minutes with five decimals.
_MINUTE = 100_000


class Model:
    """`latitude` and `longitude` are the centre of the circle, in degrees."""

    name = "gps"
    WIRES = 17, 16

    def __init__(self, surroundings, baud=9600, latitude=52.52, longitude=13.405):
        self.baud = baud
        self.stuck = False
        self._surroundings = surroundings
        self._middle = latitude, longitude
        self._second = None
        self._burst, self._at = b"", 0

    def write(self, data, now_us):
        """Ignore a command."""

    def arrived(self, now_us, room):
        """Return the bytes that came since the last call, at most `room` of them."""
        if self._second is None:
            self._begin(now_us // 1_000_000)
        came = b""
        while len(came) <= room:
            due = self._due(now_us)
            came += self._burst[self._at : due]
            self._at = max(self._at, due)
            if self._at < len(self._burst) or now_us < (self._second + 1) * 1_000_000 + _DELAY_US:
                return came
            self._begin(self._second + 1)
        if now_us // 1_000_000 > self._second:
            self._begin(now_us // 1_000_000)
        self._at = self._due(now_us)
        return came

    def _due(self, now_us):
        passed_us = now_us - self._second * 1_000_000 - _DELAY_US
        return min(max(passed_us, 0) * self.baud // 10_000_000, len(self._burst))

    def _begin(self, second):
        self._second, self._at = second, 0
        self._burst = self._sentences(second)

    def _sentences(self, second):
        clock = time.strftime("%H%M%S.00", time.gmtime(second))
        date = time.strftime("%d%m%y", time.gmtime(second))
        if self.stuck:
            bodies = [
                f"GPRMC,{clock},V,,,,,,,{date},,,N", "GPVTG,,,,,,,,,N",
                f"GPGGA,{clock},,,,,0,00,99.99,,,,,,", "GPGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99",
                "GPGSV,1,1,00", f"GPGLL,,,,,{clock},V,N",
            ]  # fmt: skip
            return b"".join(map(framed, bodies))
        angle = second * _SPEED_M_S / _RADIUS_M % math.tau
        place, values = self._place(angle)
        # The motion is counterclockwise: the receiver moves west when it is north of the centre.
        heading = round(270 - math.degrees(angle), 2) % 360
        knots = round(_SPEED_M_S / _KNOT_M_S, 3)
        values |= {"speed": knots * _KNOT_M_S, "heading": heading}
        values |= {"altitude": 34.0 + second % 10 / 10, "satellites": 8, "accuracy": 0.95 * 5}
        self._surroundings.measured(second * 1_000_000, self.name, **values)
        bodies = [
            f"GPRMC,{clock},A,{place},{knots:.3f},{heading:.2f},{date},,,A",
            f"GPVTG,{heading:.2f},T,,M,{knots:.3f},N,{knots * 1.852:.3f},K,A",
            f"GPGGA,{clock},{place},1,08,0.95,{values['altitude']:.1f},M,44.5,M,,",
            "GPGSA,A,3,02,05,07,13,15,20,29,30,,,,,1.71,0.95,1.42",
            "GPGSV,2,1,08,02,41,297,38,05,65,219,42,07,22,060,33,13,72,085,45",
            "GPGSV,2,2,08,15,40,183,40,20,09,279,29,29,28,309,35,30,55,064,41",
            f"GPGLL,{place},{clock},A,A",
        ]
        return b"".join(map(framed, bodies))

    def _place(self, angle):
        """Return the place on the circle as sentences print it, and the value that they print."""
        north, east = _RADIUS_M * math.cos(angle), -_RADIUS_M * math.sin(angle)
        latitude = self._middle[0] + math.degrees(north / _EARTH_M)
        across = _EARTH_M * math.cos(math.radians(self._middle[0]))
        longitude = self._middle[1] + math.degrees(east / across)
        texts, values = [], {}
        for name, degrees, width, sides in (
            ("latitude", latitude, 2, "NS"),
            ("longitude", longitude, 3, "EW"),
        ):
            total = round(abs(degrees) * 60 * _MINUTE)
            whole, rest = divmod(total, 60 * _MINUTE)
            texts.append(f"{whole:0{width}}{rest / _MINUTE:08.5f},{sides[degrees < 0]}")
            values[name] = math.copysign(total / 60 / _MINUTE, degrees)
        return ",".join(texts), values


def framed(body):
    """Return a sentence with its checksum."""
    total = 0
    for octet in body.encode():
        total ^= octet
    return f"${body}*{total:02X}\r\n".encode()
