"""The board's `sys`: the built-in module with the chip's name."""

from usys import *
from usys import path, ps1, ps2  # noqa: F401

platform = "esp32"
