"""Sensor drivers, one file each; sampling/sampler.py calls them, assemble.py creates them.

OPTIONS                  the keys of the configuration, as in config/sections.py
CHANNELS                 ((name, unit, decimals), ...): a scaled value is an integer, in units
                         of 10 ** -decimals
Sensor(options, board)   `board` is board.py's: i2c(name), uart(name), battery_mv(), ...
  start(anew) -> int     begins a measurement; the ms until `read`. `anew` is true on the
                         first use and after a failure: then the driver checks the chip's id and
                         writes all settings to the chip
  read() -> list         [(channel's index, scaled value), ...]; a withheld value is replaced by
                         the reason, a text such as "humidity: wrong CRC". An integer instead of
                         a list: the ms until the next `read`

Both raise OSError, whose text is the reason, if all values are withheld; the sampler adds the
sensor's section, driver and address to it. A driver checks each CRC that the chip sends, and
blocks for at most 2 ms; only hcsr04 waits for an echo, at most 24 ms. A fast sensor with a FIFO
has `period_us` and other methods: see lis3dh.py, and sampling/fifo.py, which calls it. A sensor
whose pin wakes the chip has `rest(due_ms)`, which is called before a deep sleep until an RTC time
in ms; one that may make the node sample immediately has `follow(state)`, called with the node's
State or None: see pulse.py.
"""
