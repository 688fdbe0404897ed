"""A BME680 or BME688 by its registers (Bosch BST-BME680-DS001, sections 3 and 5.3).

A conversion uses the weather at its start. It finds the raw values that the formulas convert back
to this weather, and shows them when its time is over. The heater is stable after 30 ms at a
set-point of 150 to 450 °C. The filter, heater profiles and the later fields are not modelled.
"""

from wherry_host.virtual.chips import bme680_formulas as formulas
from wherry_host.virtual.chips.nearest import nearest
from wherry_host.virtual.chips.sensor_chip import SensorChip
from wherry_host.virtual.chips.tables import Channel, Conversion

_DATA, _DATA_END = 0x1D, 0x2E
_RES_HEAT, _GAS_WAIT, _CTRL_GAS_0, _CTRL_GAS_1 = 0x5A, 0x64, 0x70, 0x71
_CTRL_HUM, _CTRL_MEAS, _CONFIG = 0x72, 0x74, 0x75
_ID, _RESET, _VARIANT = 0xD0, 0xE0, 0xF0
_RESET_WORD = 0xB6
_RESET_US = 5_000
_WRITABLE = _RES_HEAT, _GAS_WAIT, _CTRL_GAS_0, _CTRL_GAS_1, _CTRL_HUM, _CTRL_MEAS, _CONFIG
_NEW, _MEASURING = 0x80, 0x20
_VALID, _STABLE, _HEATER_OFF = 0x20, 0x10, 0x08
# The contents before any measurement.
_NOTHING = b"\x80\0\0\x80\0\0\x80\0"
_CODES = 0, 1, 2, 4, 8, 16, 16, 16
_RAW_MAX = (1 << 20) - 1
_STABLE_MS = 30
_HEATED_C = 150, 450


def _wait_ms(code):
    return (code & 63) << 2 * (code >> 6)


class Model(SensorChip):
    """One sensor on the bus; `variant` 1 is a BME688."""

    name = "bme680"
    CHANNELS = (("temperature", 1), ("humidity", 1), ("pressure", 1), ("gas_resistance", 1))
    ADDRESS = 0x77
    # The formulas replace these tables; the raw values are not rounded to a step.
    QUANTITIES = {
        "temperature": Channel(0.01),
        "humidity": Channel(0.01),
        "pressure": Channel(0.01),
        "gas_resistance": Channel(0.01),
    }

    def __init__(self, surroundings, address=None, variant=0):
        self._is_688 = bool(variant)
        super().__init__(surroundings, address)

    def _reset(self, up_us):
        super()._reset(up_us)
        self._pointer = 0
        self._registers = bytearray(256)
        for address, content in formulas.memory().items():
            self._registers[address : address + len(content)] = content
        self._registers[_ID], self._registers[_VARIANT] = 0x61, self._is_688
        self._registers[_DATA + 2 : _DATA + 10] = _NOTHING

    def write(self, data, now_us):
        """Set the register pointer, and set registers from pairs of address and value.

        Raises RefusedError during a reset.
        """
        self._require_up(now_us)
        self._finish(now_us)
        self._pointer = data[0]
        for register, value in zip(data[::2], data[1::2], strict=False):
            if register == _RESET and value == _RESET_WORD:
                self._reset(now_us + _RESET_US)
            elif register in _WRITABLE and not self._is_busy(now_us):
                self._registers[register] = value
                if register == _CTRL_MEAS and value & 3:
                    self._registers[_DATA] = 0
                    self._convert(self._conversion(), now_us)

    def _conversion(self):
        control = self._registers[_CTRL_MEAS]
        codes = {
            "temperature": control >> 5,
            "pressure": control >> 2 & 7,
            "humidity": self._registers[_CTRL_HUM] & 7,
        }
        channels = [each for each in codes if codes[each]]
        # Bosch's API: 1 ms to wake up, 1.963 ms per sample, 0.477 ms for each of nine switches.
        busy_us = 1000 + 1963 * sum(_CODES[each] for each in codes.values()) + 477 * 9
        if self._registers[_CTRL_GAS_1] >> 4 & 3 == 1 + self._is_688:
            channels.append("gas_resistance")
            busy_us += 1000 * _wait_ms(self._registers[_GAS_WAIT])
        logged = [each for each in channels if each != "gas_resistance" or self._is_stable()]
        return Conversion(tuple(channels), busy_us, logged=tuple(logged))

    def _is_stable(self):
        low, high = _HEATED_C
        is_hot = low <= formulas.heater_c(self._registers[_RES_HEAT]) <= high
        is_off = self._registers[_CTRL_GAS_0] & _HEATER_OFF
        return is_hot and not is_off and _wait_ms(self._registers[_GAS_WAIT]) >= _STABLE_MS

    def _measure(self, channels, dropped, now_us):
        self._measured_us = now_us
        found = {each: self._surroundings.quantity(each, now_us) for each in channels}
        # The other formulas start from the temperature, which this model always has.
        celsius = self._surroundings.quantity("temperature", now_us)
        raw_t = nearest(formulas.temperature, celsius, _RAW_MAX)
        fine = formulas.fine_temperature(raw_t)
        raw = {"temperature": raw_t}
        if "humidity" in found:
            percent = found["humidity"]
            raw["humidity"] = nearest(lambda n: formulas.humidity(n, fine), percent, 0xFFFF)
        if "pressure" in found:
            wanted = found["pressure"] * 100
            falling = nearest(lambda n: formulas.pressure(_RAW_MAX - n, fine), wanted, _RAW_MAX)
            raw["pressure"] = _RAW_MAX - falling
        if "gas_resistance" in found:
            raw["gas_resistance"] = formulas.raw_gas(found["gas_resistance"] * 1000, self._is_688)
        return {each: raw[each] for each in channels} | {"is_stable": self._is_stable()}

    def _log(self, channels, raw):
        raw_t = raw.get("temperature")
        fine = formulas.fine_temperature(raw_t) if raw_t is not None else 0
        held = {}
        for each in channels:
            if each == "temperature":
                held[each] = formulas.temperature(raw_t)
            elif each == "humidity":
                held[each] = formulas.humidity(raw[each], fine)
            elif each == "pressure":
                held[each] = formulas.pressure(raw[each], fine) / 100
            else:
                held[each] = formulas.gas_resistance(*raw[each], self._is_688) / 1000
        self._surroundings.measured(self._measured_us, self.name, **held)

    def _show(self, raw):
        super()._show(raw)
        raw_t, raw_p = raw.get("temperature", 1 << 19), raw.get("pressure", 1 << 19)
        content = (raw_p << 4).to_bytes(3, "big") + (raw_t << 4).to_bytes(3, "big")
        content += raw.get("humidity", 1 << 15).to_bytes(2, "big")
        raw_gas, span = raw.get("gas_resistance", (0, 0))
        flags = _VALID if "gas_resistance" in raw else 0
        flags |= _STABLE if raw["is_stable"] else 0
        gas = (raw_gas << 6 | flags | span).to_bytes(2, "big")
        self._registers[_DATA] = _NEW
        self._registers[_DATA + 2 : _DATA + 10] = content
        self._registers[_DATA + 13 : _DATA_END] = (
            bytes(2) + gas if self._is_688 else gas + bytes(2)
        )
        self._registers[_CTRL_MEAS] &= 0xFC

    def read(self, count, now_us):
        """Return registers from the pointer on. Raises RefusedError during a reset."""
        self._require_up(now_us)
        self._finish(now_us)
        is_busy = self._is_busy(now_us)
        content = bytearray(self._registers[(self._pointer + i) & 255] for i in range(count))
        if self._pointer == _DATA and is_busy:
            content[0] = _MEASURING
        if self._pointer < _DATA_END <= self._pointer + count and not is_busy:
            self._log_read(now_us)
        self._pointer = (self._pointer + count) & 255
        return bytes(content)

    def missed(self, written, now_us):
        """Log that a fault has kept an access from reading a result."""
        if _DATA <= (written[0] if written else self._pointer) < _DATA_END:
            self._log_unread(now_us)
