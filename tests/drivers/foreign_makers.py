"""Creation and reading of single packages that need more than a call and attributes.

A `made_...` is a `made` of foreign_drivers.Foreign, and a `read_...` a `read`.
"""

from importlib import import_module

from foreign_drivers import of_bus, of_channel, of_names, values

_PERIOD_US = 5_100_000
# Values of the model.
_SHUNT_OHM = 0.1

BOTH = of_names("temperature", "relative_humidity")
SHORT = of_names("temperature", "humidity")
THREE = of_names("temperature", "humidity", "pressure")


def read_sht(sensor):
    temperature, humidity = sensor.single_shot_measurement()
    return temperature.degrees_celsius, humidity.percent_rh


def made_sht3x(found, bus):
    high = import_module("sensirion_i2c_sht3x.commands").Repeatability.HIGH
    sensor = of_channel(found, bus)
    return lambda: values(sensor.measure_single_shot(high, False))


def made_bh1750(found, bus):
    sensor = found(bus)
    # The package's default has half the range.
    sensor.resolution = 0
    return sensor


def made_ina219(found, bus):
    sensor = found(bus)

    def measured():
        # Measure both voltages once.
        sensor.mode = 3
        bus.wait(5_000)
        return sensor.bus_voltage, sensor.shunt_voltage * 1000 / _SHUNT_OHM, None

    return measured


def made_ads1x15(found, bus):
    analog = import_module("adafruit_ads1x15.analog_in").AnalogIn
    inputs = [analog(found(bus, gain=1), i) for i in range(4)]
    return lambda: [each.voltage for each in inputs]


def made_ads1x15_adc(found, bus):
    sensor = found(1)
    sensor.setGain(sensor.PGA_4_096V)
    return lambda: [sensor.toVoltage(sensor.readADC(i)) for i in range(4)]


def made_ads1015(found, bus):
    sensor = found(i2c_addr=bus.address, i2c_dev=bus)
    sensor.set_multiplexer("in0/gnd")
    assert sensor.detect_chip_type() == "ADS1115"
    sensor.set_programmable_gain(4.096)
    return lambda: [sensor.get_voltage(f"in{i}/gnd") for i in range(4)]


def _periodic(sensor, wait, read):
    sensor.start_periodic_measurement()
    wait(_PERIOD_US)
    found = read(sensor)
    sensor.stop_periodic_measurement()
    return found


def made_scd4x(read, made=of_bus):
    """Return a `made` whose object is measured once."""

    def opened(found, bus):
        sensor = made(found, bus)
        return lambda: _periodic(sensor, bus.wait, read)

    return opened


def read_scd(sensor):
    found = sensor.read_measurement()
    return found[0].co2, found[1].degrees_celsius, found[2].percent_rh


def made_bosch(found, bus):
    sensor = found(bus.address, bus)
    sensor.setup("forced")
    return sensor


def read_bmp280(sensor):
    return sensor.get_temperature(), None, sensor.get_pressure()


def read_bme680(sensor):
    sensor.get_sensor_data()
    return *THREE(sensor.data), sensor.data.gas_resistance / 1000


def made_bme680(found, bus):
    sensor = found(bus.address, bus)
    sensor.set_gas_heater_temperature(320)
    sensor.set_gas_heater_duration(50)
    sensor.select_gas_heater_profile(0)
    return sensor


def read_bosch(sensor):
    return sensor.get_temperature(), sensor.get_humidity(), sensor.get_pressure()


def made_bme280(found, bus):
    found.reset_calibration()
    found.full_setup(1, bus.address)

    def measured():
        # In normal mode the model converts again after a read.
        found.read_all()
        bus.wait(1_000_000)
        return THREE(found.read_all())

    return measured


def read_texts(sensor):
    temperature, pressure, humidity = sensor.values
    return float(temperature[:-1]), float(humidity[:-1]), float(pressure[:-3])
