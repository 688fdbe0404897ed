"""Nodes with their uplinks: a board that sends to three services is one node, not three.

A server knows only the devices of its services. Devices with the same name are one board. The
devices as which the panel's node sends are also one board.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from wherry_host.page import states
from wherry_host.page.fleet import Device
from wherry_host.server.dialects import tables


@dataclass(frozen=True)
class Board:
    """A node; `devices` has one Device for each service that it sends to, and is never empty.

    `is_own` is true for the panel's node.
    """

    name: str
    devices: tuple
    is_own: bool = False

    @property
    def keys(self):
        """The keys of its devices."""
        return [device.key for device in self.devices]

    @property
    def seen(self):
        """The device that delivered last, or the first one if none has delivered."""
        found = [device for device in self.devices if device.newest]
        return max(found, key=lambda device: device.seen_us, default=self.devices[0])

    def state(self, now_us):
        """Return the word of its worst uplink, or "" if none has delivered."""
        words = [states.state(device, now_us) for device in self.devices if device.newest]
        return min(words, key=states.WORDS.index, default="")

    def matches(self, words):
        """Return True if each of the lower-case words occurs in a name, a service or a channel."""
        texts = [self.name]
        for device in self.devices:
            texts += (device.name, device.api, title(device.api), *device.channels)
        text = " ".join(texts).lower()
        return all(word in text for word in words)


def grouped(devices, name="", uplinks=()):
    """Group Devices into Boards, sorted by name; numbers in a name are sorted by value.

    `uplinks` are the keys (api, name) of the devices of the panel's node, `name` is the name of
    that node. The node is among the boards even before it has delivered.
    """
    found = {}
    own = dict.fromkeys(uplinks)
    for device in devices:
        if device.key in own:
            own[device.key] = device
        else:
            found.setdefault(device.name, []).append(device)
    if own:
        delivered = [device for device in own.values() if device]
        found[name] = (delivered or [Device(*uplinks[0])]) + found.get(name, [])
    boards = [
        Board(each, tuple(of_name), bool(own) and each == name) for each, of_name in found.items()
    ]
    return sorted(boards, key=lambda board: _natural(board.name))


def title(api):
    """Return the name of a service: the title of its dialect."""
    return _titles().get(api, api)


@cache
def _titles():
    return {api: dialect.title for dialect in tables().values() for api in dialect.apis}


@lru_cache(10_000)
def _natural(name):
    parts = re.split(r"([0-9]+)", name.lower())
    return [(int(part) if i % 2 else part) for i, part in enumerate(parts)], name
