"""The node's own channels as tuples, if there is enough memory; wherry/health.py fills them."""

from wherry.channels import Channels

_OWN = Channels([])
CHANNELS = tuple([_OWN[i] for i in range(len(_OWN))])
# Further channels of a node that counts its charge.
CHARGE_CHANNELS = ("node_mah", "mAh", 2), ("node_days_left", "d", 0)


def charge_channels(settings: dict) -> tuple:
    """Return CHARGE_CHANNELS if a node with these typed settings counts its charge, or ()."""
    return CHARGE_CHANNELS if settings["power"]["capacity_mah"] else ()


def own_channels(settings: dict) -> tuple:
    """Return the own channels of a node with these typed settings."""
    return CHANNELS + charge_channels(settings)
