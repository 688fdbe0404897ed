"""Measurements: `python -m bench [NAME]` prints a table and writes build/bench.json."""

# Makes the device's package importable on CPython.
import wherry_host  # noqa: F401
