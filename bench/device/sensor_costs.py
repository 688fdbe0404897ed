"""The main.py of a virtual board that loads a built-in driver and reads it with its model.

/given.json is {"driver", "section", "buses"}. The script prints "costs {...}" with the bytes of
heap that the module and its Sensor use, and the longest time in ms for which a call blocks.
"""

import gc
import json
import sys
import time

sys.path.insert(0, "/app")

_ROUNDS = 3


def main():
    """Measure the driver that /given.json names."""
    with open("/given.json") as file:
        given = json.load(file)
    import wherry.reading
    import wherry.sampling.words  # noqa: F401
    from board import Board
    from wherry import free, keep, load

    board = Board({"buses": given["buses"], "battery": {"adc_pin": 34, "ratio_milli": 2000}})
    gc.collect()
    before = gc.mem_alloc()
    # As in firmware/boot/assemble.py, the driver stays, and the Sensor's temporary modules do not.
    module = load("wherry.sensors." + given["driver"])
    keep()
    sensor = module.Sensor(given["section"], board)
    free()
    gc.collect()
    costs = {"heap": gc.mem_alloc() - before}
    if not hasattr(sensor, "period_us"):
        costs["read_ms"] = longest_ms(sensor)
    print("costs " + json.dumps(costs))


def longest_ms(sensor):
    """Return the time of the longest call in a few measurements, including the set-up."""
    longest = 0
    for i in range(_ROUNDS):
        begin = time.ticks_ms()
        left = sensor.start(i == 0)
        while type(left) is int:
            longest = max(longest, time.ticks_diff(time.ticks_ms(), begin))
            time.sleep_ms(left)
            begin = time.ticks_ms()
            left = sensor.read()
        longest = max(longest, time.ticks_diff(time.ticks_ms(), begin))
        if any(type(value) is str for _, value in left):
            raise OSError(str(left))
    return longest


main()
