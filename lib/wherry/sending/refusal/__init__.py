"""Refused readings: the search for them, set-aside readings, channels in quarantine."""
