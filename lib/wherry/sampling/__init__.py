"""Sampling: sensors are started and read, also those that keep samples in a FIFO of their own."""
