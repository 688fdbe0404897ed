"""Sensors on single pins: the frozen drivers of stock images, and converters."""

import machine


def adc(number):
    """Return the machine.ADC of a pin."""
    return machine.ADC(machine.Pin(number))


def dht(number):
    """Return a dht.DHT22 on a pin; a DHT11's bytes are read by the same `measure`."""
    import dht  # pyright: ignore[reportMissingImports]

    return dht.DHT22(machine.Pin(number))


def ds18x20(number):
    """Return the ds18x20.DS18X20 of the 1-Wire bus on a pin."""
    import ds18x20  # pyright: ignore[reportMissingImports]
    import onewire  # pyright: ignore[reportMissingImports]

    return ds18x20.DS18X20(onewire.OneWire(machine.Pin(number)))
