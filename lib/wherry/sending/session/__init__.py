"""What an uplink remembers from one request to the next, and across a deep sleep."""
