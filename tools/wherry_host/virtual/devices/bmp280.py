"""A BMP280 by its registers (Bosch BST-BMP280-DS001): a BME280 without humidity."""

from wherry_host.virtual.devices import bme280


class Model(bme280.Model):
    """One sensor on the bus; it has its driver's name, by which the account finds a device."""

    CHANNELS = (("temperature", 1), ("pressure", 1))
    CHIP_ID = 0x58
    HAS_HUMIDITY = False
    DATA_END = 0xFD
