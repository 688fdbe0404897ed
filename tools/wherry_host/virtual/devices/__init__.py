"""The device models on the board's buses and pins, made by name from the board's options.

Each file except this one has one model, a class `Model`, and is named after it. An I2C model has
`address`, `write(data, now_us)`, `read(count, now_us)`, and `missed(written, now_us)` for a read
access that met a fault; the register is the first byte of `written`, or the one that the model
points to. An analog model has `pin` and `read_uv(now_us)`; for a model on a UART see uart.py.
`wires` are the chip's pins to which a model is connected: SCL and SDA, or TX and RX as the chip
names them. The options may replace the wires of boards/virtual.toml; `power_pin` is the pin whose
level powers the device, or None. Each measurement is logged in `truth` with its true time, and
`accesses` logs whether it was read.

A class describes its driver, so that nothing else lists the models:

CHANNELS      ((channel in `truth`, factor to the driver's unit), ...) in the order of the driver's
              channels; without it the account skips the sensor
IN_TURN       True: a measurement converts one channel after the other, in this order
IS_FAST       True: its samples wait in a FIFO until the program reads them
BURST_COUNT   number of measurements in one reading: their mean without the outer quarters
STEP          the resolution in the driver's unit, if it differs from the channel's
READY_US      the driver's wait for a measurement, if it is above 0.2 s
FROZEN        the modules of stock images that its drivers use
WIRES         its pins in boards/virtual.toml, if it is not on i2c0
"""

import inspect
import pkgutil
from functools import cache
from importlib import import_module

_I2C = 22, 21


def kinds():
    """Return the names of all models."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__))


@cache
def model_class(kind):
    """Return the class of a model. Raises ValueError for an unknown name."""
    if kind not in kinds():
        raise ValueError(f"no device model {kind!r}; there are {', '.join(kinds())}")
    return import_module(f"{__name__}.{kind}").Model


def address(kind):
    """Return the usual I2C address of a model; None if it is not on an I2C bus."""
    made = model_class(kind)
    parameter = inspect.signature(made).parameters.get("address")
    return getattr(made, "ADDRESS", parameter.default if parameter else None)


def make(options, surroundings):
    """Create the model that an entry of the board's `devices` names.

    With `stuck` it never finishes a conversion, from power-on until the fault is repaired.
    """
    settings = dict(options)
    made = model_class(settings.pop("kind"))
    wires = settings.pop("wires", getattr(made, "WIRES", _I2C))
    power_pin = settings.pop("power_pin", None)
    stuck = settings.pop("stuck", False)
    model = made(surroundings, **settings)
    model.power_pin, model.stuck = power_pin, stuck
    model.wires = tuple(wires)
    return model
