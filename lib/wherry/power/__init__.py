"""Limits on the use of a battery."""
