"""Sensors that keep samples in a FIFO of their own, each with its own time."""
