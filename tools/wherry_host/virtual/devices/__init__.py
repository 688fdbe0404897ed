"""The device models on the board's buses and pins, made by name from the board's options.

An I2C model has `address`, `write(data, now_us)`, `read(count, now_us)`, and `missed(written,
now_us)` for a read access that met a fault; the register is the first byte of `written`, or the
one that the model points to. An analog model has `pin` and `read_uv(now_us)`; for one on a UART
see uart.py. `wires` are the pins of the chip that a model hangs on: SCL and SDA, or TX and RX as
the chip calls them. The options give others than those of boards/virtual.toml. Each measurement
goes to `truth` with its true time, and to `accesses` goes whether it was read.
"""

from importlib import import_module

_I2C = 22, 21
_WIRES = {"gps": (17, 16), "modem": (27, 26)}
KINDS = ("bme280", "host", "battery", "lis3dh", "gps", "modem")


def make(options, surroundings):
    """Make the model that an entry of the board's `devices` names."""
    settings = dict(options)
    kind = settings.pop("kind")
    wires = settings.pop("wires", _WIRES.get(kind, _I2C))
    if kind not in KINDS:
        raise ValueError(f"no device model {kind!r}; there are {', '.join(KINDS)}")
    model = import_module(f"{__name__}.{kind}").Model(surroundings, **settings)
    model.wires = tuple(wires)
    return model
