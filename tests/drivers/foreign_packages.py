"""The packages of PyPI whose drivers read the chips of our drivers.

Their licences are MIT, and BSD for Sensirion's and for `bme280`.
"""

from foreign_bus import CircuitI2C, SMBus
from foreign_drivers import (
    ADAFRUIT,
    Foreign,
    called,
    circuit,
    linux,
    micro,
    of_address,
    of_channel,
    of_connection,
    of_names,
    sensirion,
    values,
)
from foreign_makers import (
    BOTH,
    SHORT,
    THREE,
    made_ads1x15,
    made_ads1x15_adc,
    made_ads1015,
    made_bh1750,
    made_bme280,
    made_bme680,
    made_bosch,
    made_ina219,
    made_scd4x,
    made_sht3x,
    read_bme680,
    read_bmp280,
    read_bosch,
    read_scd,
    read_sht,
    read_texts,
)

# The chip's two lowest bits are a status; the package counts them as 2 of 65536 steps.
_STATUS_BITS = 0, 2 * 125 / 65536
# The package calculates in floating point: its last digit is a step of the chip's code.
_BOSCH = 0.0003, 0.0055, 0.0017
# The package calculates in integers. The errors at the end of the range are: its last digit; the
# lowest bit of a humidity factor, 0.076 %; the lowest bits of two pressure factors, 1/32768 and
# 1/36000, and of the pressure itself, 2 Pa. The gas is calculated in floating point.
_INTEGERS = 0.01, 0.076, 0.084, 0.0
_FIRST_SCD4X = "It divides by 65536 where the data sheet divides by 65535."


PACKAGES = [
    circuit("ahtx0", "adafruit_ahtx0:AHTx0", "aht20", BOTH),
    micro("ahtx0", "ahtx0:AHT20", "aht20", BOTH),
    circuit("sht31d", "adafruit_sht31d:SHT31D", "sht3x", BOTH),
    sensirion("sht3x", "sensirion_i2c_sht3x.device:Sht3xDevice", "sht3x", called, made_sht3x),
    sensirion("sht", "sensirion_i2c_sht.sht3x:Sht3xI2cDevice", "sht3x", read_sht, of_connection),
    circuit("sht4x", "adafruit_sht4x:SHT4x", "sht4x", BOTH),
    sensirion(
        "sht4x", "sensirion_i2c_sht4x.device:Sht4xDevice", "sht4x",
        lambda sensor: values(sensor.measure_high_precision()), of_channel,
    ),
    micro(
        "sht4x", "micropython_sht4x.sht4x:SHT4X", "sht4x", BOTH,
        fault="It reads at once what the chip measures in 8.3 ms.",
    ),
    circuit("si7021", "adafruit_si7021:SI7021", "si7021", BOTH, resolution=_STATUS_BITS),
    circuit("htu21d", "adafruit_htu21d:HTU21D", "si7021", BOTH, resolution=_STATUS_BITS),
    micro(
        "si7021", "micropython_si7021.si7021:SI7021", "si7021", SHORT, resolution=_STATUS_BITS
    ),
    micro(
        "htu21df", "micropython_htu21df.htu21df:HTU21DF", "si7021", SHORT,
        resolution=_STATUS_BITS,
    ),
    linux("si7021", "si7021:Si7021", "si7021", lambda sensor: sensor.read()[::-1],
        resolution=_STATUS_BITS),
    sensirion(
        "sht", "sensirion_i2c_sht.sht2x:Sht2xI2cDevice", "si7021", read_sht, of_connection,
        resolution=_STATUS_BITS,
        fault="It divides by 65535 where the data sheet of the SHT20 divides by 65536.",
    ),
    circuit("bh1750", "adafruit_bh1750:BH1750", "bh1750", of_names("lux"), made=made_bh1750),
    circuit(
        "ds3231", "adafruit_ds3231:DS3231", "ds3231",
        lambda sensor: [sensor.force_temperature_conversion()],
    ),
    circuit(
        "bme280", "adafruit_bme280.basic:Adafruit_BME280_I2C", "bme280", THREE,
        made=of_address, resolution=_BOSCH,
    ),
    linux(
        "RPi.bme280", "bme280:sample", "bme280", lambda sample: THREE(sample()),
        made=lambda found, bus: lambda: found(bus, bus.address), needs=("pytz",),
        resolution=_BOSCH,
    ),
    linux(
        "pimoroni-bme280", "bme280:BME280", "bme280", read_bosch, made=made_bosch,
        needs=("i2cdevice",), resolution=_BOSCH,
    ),
    linux(
        "bme280", "bme280.bme280", "bme280", called, made=made_bme280, resolution=_BOSCH,
        fault="It takes the trimming value T3 as one without a sign.",
    ),
    micro(
        "bme280", "bme280:BME280", "bme280", read_texts, made=lambda found, bus: found(i2c=bus),
        resolution=(0.01, 0.01, 0.01),
        fault="It drops 11 bits of a factor where the data sheet drops those of the product.",
    ),
    circuit(
        "bmp280", "adafruit_bmp280:Adafruit_BMP280_I2C", "bme280",
        lambda sensor: (sensor.temperature, None, sensor.pressure),
        made=of_address, resolution=_BOSCH, model="bmp280",
    ),
    linux(
        "bmp280", "bmp280:BMP280", "bme280", read_bmp280, made=made_bosch,
        needs=("i2cdevice",), resolution=_BOSCH, model="bmp280",
    ),
    circuit(
        "bme680", "adafruit_bme680:Adafruit_BME680_I2C", "bme680",
        lambda sensor: (*THREE(sensor), sensor.gas / 1000), made=of_address,
        fault="It swaps the halves of a byte of which H1 and H2 have one each.",
    ),
    linux(
        "bme680", "bme680:BME680", "bme680", read_bme680, made=made_bme680,
        resolution=_INTEGERS,
    ),
    circuit("ina219", "adafruit_ina219:INA219", "ina219", called, made=made_ina219),
    circuit("ads1x15", "adafruit_ads1x15.ads1115:ADS1115", "ads1115", called, made=made_ads1x15),
    linux(
        "ads1015", "ads1015:ADS1015", "ads1115", called, made=made_ads1015, needs=("i2cdevice",)
    ),
    linux(
        "ADS1x15-ADC", "ADS1x15:ADS1115", "ads1115", called, made=made_ads1x15_adc,
        fault="It divides by 32767 where the data sheet divides by 32768.",
    ),
    circuit(
        "scd4x", "adafruit_scd4x:SCD4X", "scd4x", called,
        made=made_scd4x(of_names("CO2", "temperature", "relative_humidity")),
    ),
    sensirion(
        "scd4x", "sensirion_i2c_scd4x.device:Scd4xDevice", "scd4x", called,
        made_scd4x(lambda sensor: values(sensor.read_measurement()), of_channel),
    ),
    sensirion(
        "scd", "sensirion_i2c_scd:Scd4xI2cDevice", "scd4x", called,
        made_scd4x(read_scd, of_connection), fault=_FIRST_SCD4X,
    ),
    Foreign(
        "scd4x", "scd4x:SCD4X", "scd4x", SMBus, called,
        made_scd4x(lambda sensor: sensor.measure()[:3], lambda found, bus: found()),
        fault=_FIRST_SCD4X,
    ),
    circuit("tmp117", "adafruit_tmp117:TMP117", "tmp117", of_names("temperature")),
    Foreign(
        "circuitpython-tmp117", "tmp117:TMP117", "tmp117", CircuitI2C, of_names("temperature"),
        needs=ADAFRUIT, fault="It reads while the chip is in a reset, which takes 2 ms.",
    ),
    micro("tmp117", "micropython_tmp117.tmp117:TMP117", "tmp117", of_names("temperature")),
]  # fmt: skip
