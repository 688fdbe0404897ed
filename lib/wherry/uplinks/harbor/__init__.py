"""Harbor Scale, v2, and Telemetry Harbor, v1."""
