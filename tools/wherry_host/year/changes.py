"""The other configurations of a simulated node, which a deploy in the middle of its life has."""

from copy import deepcopy

from wherry.config.check import ConfigError

from wherry_host.config.config_file import checked
from wherry_host.config.needs import lacking

#: The number of configurations; number 0 is the node's own.
COUNT = 8
_LONGER = 2
_OTHER_DURABILITY = {"row": "stage", "stage": "row"}


def changed(config, number):
    """Return the typed configuration with a number below COUNT, from a HostConfig.

    Each bit of the number is a change: twice the periods of [node], no last sensor, the other
    durability. A change that the configuration does not allow is left out.
    """
    raw, typed = config.raw, config.typed
    for bit, change in enumerate((_with_periods, _without_sensor, _with_durability)):
        if number >> bit & 1:
            wanted = deepcopy(raw)
            change(wanted, config.typed["node"])
            try:
                found = checked(wanted)
            except ConfigError:
                continue
            if not lacking(found, config.board):
                raw, typed = wanted, found
    typed["node"].pop("board", None)
    return typed


def _with_periods(raw, node):
    raw.setdefault("node", {})
    for key in ("sample_every", "send_every"):
        raw["node"][key] = f"{_LONGER * node[f'{key}_ms']} ms"


def _without_sensor(raw, _):
    if len(raw["sensor"]) > 1:
        del raw["sensor"][-1]


def _with_durability(raw, node):
    raw.setdefault("node", {})["durability"] = _OTHER_DURABILITY[node["durability"]]
