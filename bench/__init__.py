"""Measurements: `python -m bench [NAME]` prints a table and writes build/bench.json."""

# It lets the device's package be imported on CPython.
import wherry_host  # noqa: F401
