"""Selects the channels of a row that an uplink takes, and their names, for a SelectedReader.

Loaded for uplinks that select or rename channels, and for nodes with a position, whose latitude
and longitude are sent together, with one stamp (docs/protocols/harbor_v2.md).
"""

# Prefix of the node's own channels.
_OWN = "node_"


class Selection:
    """`channels` is "all", "sensors" (without the node's own) or a list of channel names.

    `names` maps a channel to its name at the server, if different. `held` lists channels that the
    server does not know: each has its own ledger, whose Selection has the channel in `only`.
    """

    def __init__(self, channels, names: dict, only=None):
        self.channels = channels
        self.names = names
        self.only = only
        self.held = []

    def __call__(self, channels) -> tuple:
        """Return (channels, mask, joined) for a schema's channels: see selected_batch.py."""
        mask = 0
        for i, (name, _, _) in enumerate(channels):
            if self.takes(name):
                mask |= 1 << i
        named = _Named(channels, self.names) if self.names else channels
        from wherry.sending.batch.joined import joined_mask

        return named, mask, joined_mask(named, mask)

    def takes(self, name: str) -> bool:
        """Return whether the uplink takes a channel's readings."""
        if self.only is not None:
            return name == self.only
        if name in self.held:
            return False
        if self.channels == "sensors":
            return not name.startswith(_OWN)
        return self.channels == "all" or name in self.channels


class _Named:
    """Channels under their server's names, created on access: a list would need 2 KB."""

    def __init__(self, channels, names):
        self._channels = channels
        self._names = names

    def __len__(self) -> int:
        return len(self._channels)

    def __getitem__(self, i: int) -> tuple:
        name, unit, decimals = self._channels[i]
        return self._names.get(name, name), unit, decimals
