"""Drivers of sensors, one file each: `Sensor`, its CHANNELS and its OPTIONS."""
