"""HERE Tracking v2."""
