"""When each uplink sends: cadence, back-off, waits for a busy server, alerts."""
