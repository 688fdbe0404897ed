"""Forecast the charge that a battery-powered node uses: see docs/energy.md."""
