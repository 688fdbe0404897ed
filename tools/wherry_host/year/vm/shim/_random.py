"""The chip's `random`: the world draws the numbers."""

from _board import call


def getrandbits(count):
    return int.from_bytes(call(b"g" + count.to_bytes(8, "little")), "little")


def randrange(start, stop=None):
    if stop is None:
        start, stop = 0, start
    pair = start.to_bytes(8, "little") + stop.to_bytes(8, "little")
    return int.from_bytes(call(b"g" + pair), "little")
