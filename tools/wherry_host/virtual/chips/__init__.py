"""Sensor chips on an I2C bus, described by tables of registers and commands."""
