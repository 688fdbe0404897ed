"""Drivers of sensors, one file each; sampling/sampler.py calls them, firmware/setup.py makes them.

OPTIONS                  what the configuration may say, as in config/sections.py
CHANNELS                 ((name, unit, decimals), ...): a scaled value is an integer, in units
                         of 10 ** -decimals
Sensor(options, board)   `board` is firmware/board.py's: i2c(name), uart(name), battery_mv(), ...
  start(anew) -> int     begins a measurement; the ms until `read`. `anew` is true at the first
                         use and after a failure: then the driver checks the chip's id and gives
                         the chip all its settings
  read() -> list         [(channel's index, scaled value), ...]; in the place of a value that is
                         withheld stands the reason, a text such as "humidity: wrong CRC".
                         An integer instead of a list: the ms until `read` is to be called again

Both raise OSError, whose text is the reason, where there is no reading at all; the sampler adds
the sensor's section, driver and address to it. A driver checks each CRC that the chip gives, and
never waits longer than 2 ms itself. A fast sensor with a FIFO has `period_us` and other methods:
see lis3dh.py, and sampling/fifo.py, which calls it. A sensor whose pin wakes the chip has
`rest(due_ms)`, which is called before a deep sleep until an RTC time in ms; one that may have the
node sample at once has `follow(state)`, which is given the node's State or None: see pulse.py.
"""
