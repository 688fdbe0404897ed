"""The chip's `sys`: the built-in module with the chip's names."""

from collections import namedtuple
from usys import *
from usys import path, ps1, ps2  # noqa: F401

platform = "esp32"
implementation = namedtuple("implementation", ("name", "version", "_machine"))(
    "micropython", (1, 29, 0), "Generic ESP32 module with ESP32"
)
