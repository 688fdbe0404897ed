"""The main.py of a virtual board that loads a third-party driver and reads it with models.

It prints "figures {...}" as soon as a figure is known, and "figures end" at the end.
"""

import gc
import json
import sys
import time

sys.path.insert(0, "/app")


def read_once(section, pins):
    """Return the ms of the longest call; raise an exception if a value is missing."""
    from adapted import adapter
    from board import Board

    wires = {"scl": pins[0], "sda": pins[1], "soft": True, "freq_hz": 400000}
    longest_ms = 0

    def timed(function, *arguments, **keywords):
        nonlocal longest_ms
        begin = time.ticks_ms()
        try:
            return function(*arguments, **keywords)
        finally:
            longest_ms = max(longest_ms, time.ticks_diff(time.ticks_ms(), begin))

    sensor = adapter(section, Board({"buses": {section["bus"]: wires}}), timed)
    time.sleep_ms(sensor.start(True))
    if any(type(value) is str for _, value in sensor.read()):
        raise OSError
    return longest_ms


def main():
    """Measure the driver that /given.json names."""
    with open("/given.json") as file:
        given = json.load(file)
    module = given["section"]["driver"].split(":")[0]
    from wherry import load

    gc.collect()
    before = gc.mem_alloc()
    try:
        load(module)
    except Exception as error:
        sys.print_exception(error)
        return
    gc.collect()
    print("figures " + json.dumps({"heap": gc.mem_alloc() - before}))
    for kind, pins in given["models"]:
        try:
            block_ms = read_once(given["section"], pins)
        except Exception:
            continue
        print("figures " + json.dumps({"block_ms": block_ms, "model": kind}))
        return


main()
print("figures end")
