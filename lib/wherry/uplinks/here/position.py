"""A position in HERE's format, from the channels of a row. Loaded if a row may have one.

The channels of a GPS receiver are latitude and longitude, and with the same prefix altitude (m),
accuracy (m), speed (m/s, km/h or kn), heading (degrees), satellites.
"""

from micropython import const

from wherry.uplinks.here.numbers import number, unix_ms, whole

_LONGITUDES = ("longitude", "long", "lng", "lon")
# In m, if the receiver does not report it: under open sky, without correction.
_ACCURACY = b"10"
# In m/s: no vehicle with a node is faster.
_SPEED_MAX = const(1000)
# Factors to m/s.
_SPEEDS = {"m/s": (1, 1), "km/h": (5, 18), "kn": (463, 900)}


class Position:
    """The position in a schema's channels, (name, unit, decimals) each.

    `latitude` is the index of the latitude channel.
    """

    def __init__(self, channels, latitude):
        self._channels = channels
        self._pair = ()
        places = {}
        for i, (name, _, _) in enumerate(channels):
            places[name] = i
            last_word = name.lower().split("_")[-1]
            if last_word in _LONGITUDES and i > latitude and not self._pair:
                self._pair = latitude, i
        self._places = places
        name = channels[latitude][0]
        self._before = name[: len(name) - len(name.split("_")[-1])]

    def text(self, mask: int, values, s: int, ms: int) -> bytes:
        """Return a row's position as a JSON object, or b"" without one that HERE accepts."""
        if not self._pair:
            return b""
        lat, lng = self._pair
        if not mask >> lat & mask >> lng & 1:
            return b""
        found = [b'{"type":"gnss","timestamp":', unix_ms(s, ms)]
        for member, i, most in ((b',"lat":', lat, 90), (b',"lng":', lng, 180)):
            decimals = self._channels[i][2]
            if abs(values[i]) > most * 10**decimals:
                return b""
            found += (member, number(values[i], decimals))
        return b"".join(found) + self._rest(mask, values) + b"}"

    def _rest(self, mask, values):
        """Return the members that depend on the receiver's other channels."""
        value, decimals = self._beside("accuracy", mask, values)
        accuracy = _ACCURACY
        if value is not None and value >= 0:
            accuracy = number(value, decimals)
        text = b',"accuracy":' + accuracy
        value, decimals = self._beside("altitude", mask, values)
        if value is not None:
            text += b',"alt":' + number(value, decimals)
        speed, heading = self._speed(mask, values), self._beside("heading", mask, values)
        if speed is not None and heading[0] is not None:
            # HERE accepts them as whole numbers, and only together.
            text += b',"speed":%d,"heading":%d' % (speed, whole(heading[0], heading[1]) % 360)
        value, decimals = self._beside("satellites", mask, values)
        if value is not None and 0 < whole(value, decimals) <= 50:
            text += b',"satellitecount":%d' % whole(value, decimals)
        return text

    def _beside(self, name, mask, values):
        """Return (value, decimals) of a channel with the pair's prefix, (None, 0) without one."""
        i = self._places.get(self._before + name)
        if i is None or not mask >> i & 1:
            return None, 0
        return values[i], self._channels[i][2]

    def _speed(self, mask, values):
        value, decimals = self._beside("speed", mask, values)
        if value is None or value < 0:
            return None
        factor = _SPEEDS.get(self._channels[self._places[self._before + "speed"]][1])
        speed = whole(value * factor[0] // factor[1], decimals) if factor else _SPEED_MAX
        return speed if speed < _SPEED_MAX else None
