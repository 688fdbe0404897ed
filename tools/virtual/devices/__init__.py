"""The device models on the board's buses and pins, made by name from the board's options.

An I2C model has `address`, `write(data, now_us)` and `read(count, now_us)`; an analog one has
`pin` and `read_uv(now_us)`; for one on a UART see uart.py. Each measurement goes to `truth` with
its true time.
"""

from importlib import import_module

KINDS = ("bme280", "host", "battery", "lis3dh", "gps", "modem")


def make(options, surroundings):
    """Make the model that an entry of the board's `devices` names."""
    settings = dict(options)
    kind = settings.pop("kind")
    if kind not in KINDS:
        raise ValueError(f"no device model {kind!r}; there are {', '.join(KINDS)}")
    return import_module(f"{__name__}.{kind}").Model(surroundings, **settings)
