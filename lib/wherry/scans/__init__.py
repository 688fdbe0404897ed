"""Scans of the radios around the node, in the form of HERE Tracking."""
