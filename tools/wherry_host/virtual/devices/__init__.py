"""The device models on the board's buses and pins, made by name from the board's options.

Each file but this one has one model, a class `Model` that its file's name names. An I2C model has
`address`, `write(data, now_us)`, `read(count, now_us)`, and `missed(written, now_us)` for a read
access that met a fault; the register is the first byte of `written`, or the one that the model
points to. An analog model has `pin` and `read_uv(now_us)`; for one on a UART see uart.py. `wires`
are the pins of the chip that a model hangs on: SCL and SDA, or TX and RX as the chip calls them.
The options give others than those of boards/virtual.toml; `power_pin` is the pin whose level gives
the device its power, None without one. Each measurement goes to `truth` with
its true time, and to `accesses` goes whether it was read.

What a class says of its driver, so that nothing else lists the models:

CHANNELS      ((channel in `truth`, factor to the driver's unit), ...) in the order of the driver's
              channels; without it the account leaves the sensor out
IN_TURN       True: a measurement converts one channel after the other, in this order
IS_FAST       True: its samples wait in a FIFO until the program reads them
BURST_COUNT   how many measurements make one reading: their mean without a quarter at each end
STEP          the resolution in the driver's unit, where it is not that of the driver's channel
READY_US      how long its driver waits for a measurement, where that is not at most 0.2 s
FROZEN        the modules of stock images that its drivers use
WIRES         the pins of boards/virtual.toml, where they are not those of i2c0
"""

import inspect
import pkgutil
from importlib import import_module

_I2C = 22, 21


def kinds():
    """Return the names of all models."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__))


def model_class(kind):
    """Return the class of a model; ValueError where there is none of that name."""
    if kind not in kinds():
        raise ValueError(f"no device model {kind!r}; there are {', '.join(kinds())}")
    return import_module(f"{__name__}.{kind}").Model


def address(kind):
    """Return the usual I2C address of a model; None if it is on no such bus."""
    made = model_class(kind)
    parameter = inspect.signature(made).parameters.get("address")
    return getattr(made, "ADDRESS", parameter.default if parameter else None)


def make(options, surroundings):
    """Make the model that an entry of the board's `devices` names."""
    settings = dict(options)
    made = model_class(settings.pop("kind"))
    wires = settings.pop("wires", getattr(made, "WIRES", _I2C))
    power_pin = settings.pop("power_pin", None)
    model = made(surroundings, **settings)
    model.power_pin = power_pin
    model.wires = tuple(wires)
    return model
