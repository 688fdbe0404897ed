"""A driver of lib/wherry/sensors and its chip's model on one bus; also replays of transfers."""

import inspect
from importlib import import_module
from importlib.util import find_spec

from support.sensors.chip_wires import Wires
from wherry_host.virtual import devices
from wherry_host.virtual.chips.sensor_chip import SensorChip

# For MicroPython, after `measured`: the bus answers with the recorded transfers.
_REPLAY = """
class Bus:
    def i2c(self, name):
        return self

    def transfer(self, written, count):
        was_written, was_read, answer = self.transfers.pop(0)
        assert [written.hex(), count] == [was_written, was_read]
        if type(answer) is int:
            raise OSError(answer)
        return bytes.fromhex(answer)

    def writeto(self, address, data):
        self.transfer(data, 0)

    def readfrom(self, address, count):
        return self.transfer(b"", count)

    def writeto_mem(self, address, register, data):
        self.transfer(bytes((register,)) + data, 0)

    def readfrom_mem(self, address, register, count):
        return self.transfer(bytes((register,)), count)

found = []
for kind, options, runs in given:
    bus = Bus()
    sensor = __import__("wherry.sensors." + kind, None, None, ("Sensor",)).Sensor(options, bus)
    for anew, bus.transfers in runs:
        found.append(measured(sensor, anew, lambda ms: None))
        assert not bus.transfers
"""


def measured(sensor, anew, wait):
    """Return [[channel index, value or reason]] of a measurement, or the reason of its failure."""
    from wherry.sampling.failures import words

    try:
        answer = sensor.start(anew)
        while type(answer) is int:
            wait(answer)
            answer = sensor.read()
        return [list(each) for each in answer]
    except OSError as error:
        return words(error)


def replay_program():
    """Return a program for `found_by` whose `given` is [(kind, options, [(anew, transfers)])]."""
    return inspect.getsource(measured) + _REPLAY


def kinds():
    """Return the models described by tables that have a driver of the same name."""
    return [
        kind
        for kind in devices.kinds()
        if issubclass(devices.model_class(kind), SensorChip)
        and find_spec(f"wherry.sensors.{kind}")
    ]


class SensorWires(Wires):
    """One driver and its chip; it is also the port of a board and its bus.

    `before(number)` is called before each transfer with its number; `after(answer)` returns the
    bytes that the driver gets in place of the chip's. `lives` has the measurements of each chip
    and Sensor: (anew, transfers, result); a transfer is (written, count, answer or errno).
    """

    def __init__(self, folder, kind, *others, driver=None):
        self.kind = kind
        self.driver = import_module(f"wherry.sensors.{driver or kind}")
        self.options = {name: option[1] for name, option in self.driver.OPTIONS.items()}
        self.lives = []
        super().__init__(folder, kind, *others)

    @property
    def steps(self):
        """The resolution of each channel, in the driver's unit."""
        model = devices.model_class(self.kind)
        known = model.QUANTITIES | model.COMPUTED
        return [known[name].step * factor for name, factor in model.CHANNELS]

    def renew(self):
        """Connect a new chip, and make a new Sensor."""
        super().renew()
        self.heal()
        self.lives.append([])
        self.sensor = self.driver.Sensor(self.options, self)
        self.transfers = []

    def heal(self):
        """Let all transfers pass unaltered."""
        self.fault = None
        self.before = lambda number: None
        self.after = lambda answer: answer

    def set_quantities(self, values):
        """Set the chip's surroundings to these values of the driver's channels."""
        names = [name for name, _ in devices.model_class(self.kind).CHANNELS]
        self.world.quantity = lambda name, _: values[names.index(name)]

    def measured(self, anew):
        """Return the result of a measurement, one second later."""
        self.now += 1_000_000
        self.transfers = []
        found = measured(self.sensor, anew, self.wait)
        self.lives[-1].append((anew, self.transfers, found))
        return found

    def truth(self):
        """Return {channel index: value of the newest measurement} in the driver's unit."""
        newest = {each["channel"]: each["value"] for each in self.log("truth")}
        channels = devices.model_class(self.kind).CHANNELS
        return {i: newest[name] * factor for i, (name, factor) in enumerate(channels)}

    def ticks(self):
        return self.now // 1000

    def wait(self, ms):
        self.now += ms * 1000

    def i2c(self, _):
        return self

    def _ask(self, address, written, count):
        self.before(len(self.transfers))
        answer = self.transfer(written, count, address)
        is_refused = type(answer) is int
        if not is_refused:
            answer = self.after(answer)
        self.transfers.append((written.hex(), count, answer if is_refused else answer.hex()))
        if is_refused:
            raise OSError(answer)
        return answer

    def writeto(self, address, data):
        self._ask(address, data, 0)

    def readfrom(self, address, count):
        return self._ask(address, b"", count)

    def writeto_mem(self, address, register, data):
        self._ask(address, bytes((register,)) + data, 0)

    def readfrom_mem(self, address, register, count):
        return self._ask(address, bytes((register,)), count)
