"""The range of each channel of the chips that tables describe."""

HUMIDITY = 0, 100
# From the datasheets, in the order of the channels.
RANGES = {
    "aht20": [(-40, 85), HUMIDITY],
    "si7021": [(-40, 125), HUMIDITY],
    "sht3x": [(-40, 125), HUMIDITY],
    "sht4x": [(-40, 125), HUMIDITY],
    "bh1750": [(0, 54_611)],
    "ds3231": [(-40, 85)],
    "bme680": [(-40, 85), HUMIDITY, (300, 1100), (0.5, 12_000)],
    "scd4x": [(400, 5_000), (-10, 60), HUMIDITY],
    "tmp117": [(-55, 150)],
    "ads1115": [(0, 4.09)] * 4,
    "ina219": [(0, 26), (-3200, 3200), (0, 0)],
}
