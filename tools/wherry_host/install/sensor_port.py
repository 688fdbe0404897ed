"""A board at a serial port whose sensors are read, and whose buses are scanned, once.

The node's program is interrupted for this, and restarted afterwards.
"""

import ast
import base64
import json

from wherry_host.compile.compiled import compiled_as_is
from wherry_host.compile.slot_modules import driver_module, of_sensing
from wherry_host.config import boards
from wherry_host.config.needs import buses
from wherry_host.install.sensor_code import SENSOR_CODE
from wherry_host.install.target_port import PortTarget

# The size of the part of a module that one command sends.
_PART_SIZE = 1536


class SensorPort(PortTarget):
    """A PortTarget that runs sensor drivers."""

    OWN_CODE = SENSOR_CODE

    def scan(self, bus):
        """Return the sorted addresses that answer on an I2C bus; `bus` is from a board's file."""
        return self._eval(f"_scanned{_wires(bus)}")

    def networks(self):
        """Return [(name, dBm)] of the Wi-Fi networks that the board sees, the strongest first."""
        strongest = {}
        for name, dbm in self._eval("_networks()"):
            if name:
                text = name.decode("utf-8", "replace")
                strongest[text] = max(dbm, strongest.get(text, dbm))
        return sorted(strongest.items(), key=lambda each: -each[1])

    def register(self, bus, address, register, size):
        """Return the bytes of a chip's register, or None if the chip does not answer."""
        return self._eval(f"_register{(address, register, size, *_wires(bus))}")

    def read_sensors(self, config, board_name):
        """Read each sensor of a HostConfig once; return (values, the console's lines).

        The values are [(channel index, scaled integer)]. Fast sensors are not read.
        """
        board = boards.load(board_name)
        typed = config.typed
        self._put_modules(_modules(config, board))
        settings = {
            "node": typed["node"],
            "board": boards.for_device(board, buses(typed)),
            "sensor": [each | {"module": driver_module(each)} for each in typed["sensor"]],
        }
        self._exec("_mounted()")
        lines = self._exec(f"_read_sensors({json.dumps(settings)!r})").decode().splitlines()
        said = [line.removeprefix("say ") for line in lines if line.startswith("say ")]
        rows = next(line for line in lines if line.startswith("rows "))
        return list(_values(ast.literal_eval(rows.removeprefix("rows ")))), said

    def _put_modules(self, files):
        """Write {path: bytes} to the filesystem in the heap."""
        for path, content in files.items():
            self._exec(f"_modules.files[{path!r}] = b''")
            for at in range(0, len(content), _PART_SIZE):
                text = base64.b64encode(content[at : at + _PART_SIZE]).decode()
                self._exec(f"_modules.files[{path!r}] += binascii.a2b_base64({text!r})")


def _wires(bus):
    """Return the arguments for a board file's I2C bus: its pins, speed, and controller or None."""
    number = None if bus["soft"] else bus.get("i2c", 0)
    return bus["scl"], bus["sda"], bus["freq_hz"], number


def _modules(config, board):
    """Return {path: .mpy} of all modules that are needed to read the sensors."""
    paths = of_sensing(config.typed, board)
    sources = {f"{name}.py": path.read_text("utf-8") for name, path in paths.items()}
    third_party = {path: text for own in config.drivers.values() for path, text in own.items()}
    return compiled_as_is(third_party | sources)


def _values(rows):
    for mask, values in rows:
        indexes = [index for index in range(mask.bit_length()) if mask >> index & 1]
        yield from zip(indexes, values, strict=True)
