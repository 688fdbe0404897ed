"""A BME280 by its registers (Bosch BST-BME280-DS002): calibration, modes, conversion times.

A conversion uses the weather at its start. It finds the raw values that the datasheet's integer
formulas convert back to this weather, and shows them when its time is over.
"""

import struct

from wherry_host.virtual.chips.nearest import nearest

_ID, _RESET, _STATUS, _DATA = 0xD0, 0xE0, 0xF3, 0xF7
_CTRL_HUM, _CTRL_MEAS, _CONFIG = 0xF2, 0xF4, 0xF5
_RESET_WORD = 0xB6
_RAW_MAX = (1 << 20) - 1
_START_US = 2000
_OVERSAMPLING = (0, 1, 2, 4, 8, 16, 16, 16)

# Temperature and pressure values are from the example in Bosch's BMP280 datasheet; humidity values
# are typical.
_T = (27504, 26435, -1000)
_P = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
_H = (75, 361, 0, 313, 50, 30)


def fine_temperature(raw):
    """Return t_fine, from which all three compensations start (datasheet 4.2.3)."""
    first = (((raw >> 3) - (_T[0] << 1)) * _T[1]) >> 11
    half = (raw >> 4) - _T[0]
    return first + ((((half * half) >> 12) * _T[2]) >> 14)


def temperature(raw):
    """Return the temperature in 0.01 °C."""
    return (fine_temperature(raw) * 5 + 128) >> 8


def pressure(raw, fine):
    """Return the pressure in 1/256 Pa."""
    a = fine - 128000
    b = a * a * _P[5] + ((a * _P[4]) << 17) + (_P[3] << 35)
    a = ((a * a * _P[2]) >> 8) + ((a * _P[1]) << 12)
    a = (((1 << 47) + a) * _P[0]) >> 33
    p = (((1048576 - raw) << 31) - b) * 3125 // a
    c = (_P[8] * (p >> 13) * (p >> 13)) >> 25
    return ((p + c + ((_P[7] * p) >> 19)) >> 8) + (_P[6] << 4)


def humidity(raw, fine):
    """Return the relative humidity in 1/1024 %."""
    v = fine - 76800
    left = (((raw << 14) - (_H[3] << 20) - _H[4] * v) + 16384) >> 15
    right = ((((v * _H[5]) >> 10) * (((v * _H[2]) >> 11) + 32768)) >> 10) + 2097152
    v = left * ((right * _H[1] + 8192) >> 14)
    v -= ((((v >> 15) * (v >> 15)) >> 7) * _H[0]) >> 4
    return min(max(v, 0), 419430400) >> 12


class Model:
    """One sensor on the bus."""

    name = "bme280"
    CHANNELS = (("temperature", 1), ("humidity", 1), ("pressure", 1))
    CHIP_ID = 0x60
    HAS_HUMIDITY = True
    # The address after the results.
    DATA_END = 0xFF

    def __init__(self, surroundings, address=0x76):
        self.address = address
        self.stuck = False
        self._surroundings = surroundings
        # The raw values of the last measurement: the weather changes slowly.
        self._near = 1 << 19, 1 << 19, 1 << 15
        self._pointer = 0
        self._reset(0)

    def _reset(self, now_us):
        self._registers = bytearray(256)
        self._registers[0x88:0xA0] = struct.pack("<HhhHhhhhhhhh", *_T, *_P)
        if self.HAS_HUMIDITY:
            self._registers[0xA1] = _H[0]
            mixed = (_H[3] >> 4, _H[3] & 15 | (_H[4] & 15) << 4, _H[4] >> 4)
            self._registers[0xE1:0xE8] = struct.pack("<hBBBBb", _H[1], _H[2], *mixed, _H[5])
        self._registers[_ID] = self.CHIP_ID
        self._show(b"\x80\x00\x00\x80\x00\x00\x80\x00")
        self._oversampling_humidity = 0
        self._ready_us = now_us + _START_US
        self._converted = None
        # Start times of the newest measurement and of the measurement in the registers.
        self._measured_us = self._shown_us = None

    def write(self, data, now_us):
        """Set the register pointer, and set registers from pairs of address and value."""
        self._pointer = data[0]
        for i in range(1, len(data), 2):
            self._set(data[i - 1], data[i], now_us)

    def _set(self, register, value, now_us):
        if register == _RESET and value == _RESET_WORD:
            self._reset(now_us)
        if register in (_CTRL_MEAS, _CONFIG) or (self.HAS_HUMIDITY and register == _CTRL_HUM):
            self._registers[register] = value
        if register == _CTRL_MEAS:
            # ctrl_hum takes effect only with the next write of ctrl_meas (datasheet 5.4.3).
            self._oversampling_humidity = self._registers[_CTRL_HUM] & 7
            if value & 3:
                self._convert(now_us)

    def _convert(self, now_us):
        control = self._registers[_CTRL_MEAS]
        times = [control >> 5, control >> 2 & 7, self._oversampling_humidity]
        times = [_OVERSAMPLING[code] for code in times]
        # Typical measurement time (datasheet 9.1): 1 ms, 2 ms per sample, 0.5 ms per extra
        # channel.
        self._ready_us = now_us + 1000 + 2000 * sum(times) + 500 * (times[1] > 0) * (times[2] >= 0)
        self._ready_us += 500 * (times[2] > 0)
        self._converted = self._measure(now_us, *times)
        self._measured_us = now_us

    def _measure(self, now_us, *sampled):
        celsius, percent, hectopascal = self._surroundings.weather.at(now_us)
        near_t, near_p, near_h = self._near
        raw_t = nearest(temperature, round(celsius * 100), _RAW_MAX, near_t)
        fine = fine_temperature(raw_t)
        wanted = round(hectopascal * 25600)
        falling = nearest(lambda raw: pressure(_RAW_MAX - raw, fine), wanted, _RAW_MAX, near_p)
        raw_p = _RAW_MAX - falling
        wanted = round(percent * 1024)
        raw_h = nearest(lambda raw: humidity(raw, fine), wanted, (1 << 16) - 1, near_h)
        self._near = raw_t, falling, raw_h
        held = {}
        if sampled[0]:
            held["temperature"] = temperature(raw_t) / 100
        if sampled[1]:
            held["pressure"] = pressure(raw_p, fine) / 25600
        if sampled[2]:
            held["humidity"] = humidity(raw_h, fine) / 1024
        self._surroundings.measured(now_us, self.name, **held)
        raw_t, raw_p = (raw_t if sampled[0] else 1 << 19), (raw_p if sampled[1] else 1 << 19)
        raw_h = raw_h if sampled[2] else 1 << 15
        low = (raw_p << 4).to_bytes(3, "big") + (raw_t << 4).to_bytes(3, "big")
        return low + raw_h.to_bytes(2, "big")

    def _show(self, results):
        self._registers[_DATA : self.DATA_END] = results[: self.DATA_END - _DATA]

    def _pass_time(self, now_us):
        busy = self.stuck or now_us < self._ready_us
        self._registers[_STATUS] = (8 if self._converted else 1) if busy else 0
        if self._converted and not busy:
            self._show(self._converted)
            self._converted = None
            self._shown_us = self._measured_us
            if self._registers[_CTRL_MEAS] & 3 in (1, 2):
                self._registers[_CTRL_MEAS] &= 0xFC

    def read(self, count, now_us):
        """Read registers from the pointer; in normal mode the next conversion starts then."""
        self._pass_time(now_us)
        content = bytes(self._registers[self._pointer : self._pointer + count])
        if len(content) < count:
            content += self._registers[: count - len(content)]
        if self._pointer < self.DATA_END <= self._pointer + count and self._shown_us is not None:
            self._surroundings.read(now_us, self.name, self._shown_us)
        if self._pointer >= _DATA and self._registers[_CTRL_MEAS] & 3 == 3:
            self._converted = self._converted or self._measure_again(now_us)
        self._pointer = (self._pointer + count) & 255
        return content

    def missed(self, written, now_us):
        """Log the measurement that an access with a fault has not read."""
        register = written[0] if written else self._pointer
        if (register == _STATUS or register >= _DATA) and self._measured_us is not None:
            self._surroundings.unread(now_us, self.name, self._measured_us)

    def _measure_again(self, now_us):
        self._convert(now_us)
        return self._converted
