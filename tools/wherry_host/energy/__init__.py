"""The charge that a node on battery takes, forecast: see docs/energy.md."""
