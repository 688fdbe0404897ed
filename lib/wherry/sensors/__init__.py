"""Drivers of sensors, one file each; wherry/sampler.py calls them, firmware/setup.py makes them.

OPTIONS                  what the configuration may say, as in config/sections.py
CHANNELS                 ((name, unit, decimals), ...): a scaled value is an integer, in units
                         of 10 ** -decimals
Sensor(options, board)   `board` is firmware/board.py's: i2c(name), uart(name), battery_mv(), ...
  start() -> int         begins a measurement; the ms until `read`
  read() -> list         [(channel's index, scaled value), ...]

Both raise OSError and nothing else. A fast sensor with a FIFO has `period_us` and other methods:
see lis3dh.py, and fifo/fifo.py, which calls it.
"""
