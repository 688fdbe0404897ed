"""The chip's `gc`: it collects only when the heap is full, which is larger than a chip's."""

from gc import *


def threshold(size=-1):
    return -1


def collect():
    return 0
