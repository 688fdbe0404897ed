"""What radios hear around the node, as HERE Tracking takes it."""
