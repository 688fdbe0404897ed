"""Sampling: starts and reads sensors, including those that keep samples in a FIFO."""
