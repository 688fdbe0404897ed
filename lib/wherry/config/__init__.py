"""Configurations: a dictionary is checked and becomes typed settings. On the host only."""
