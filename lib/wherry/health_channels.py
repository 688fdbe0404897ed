"""The node's own channels as tuples, for those who have the room; wherry/health.py fills them."""

from wherry.channels import Channels

_OWN = Channels([], True)
_ALL = tuple([_OWN[i] for i in range(len(_OWN))])
# Those of each node, and those of one whose charge is counted.
CHANNELS = _ALL[: len(Channels([]))]
CHARGE_CHANNELS = _ALL[len(CHANNELS) :]


def own_channels(settings: dict) -> tuple:
    """Return those of a node with these typed settings."""
    return CHANNELS + (CHARGE_CHANNELS if settings["power"]["capacity_mah"] else ())
