"""Sensor chips on an I2C bus as data: tables of registers and commands, and their interpreter."""
