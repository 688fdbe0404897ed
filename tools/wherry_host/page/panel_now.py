"""A demo.panel.Panel, which shows and switches a node of this process, at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PanelNow:
    """A look at a Panel: `name` is the node's, `uplinks` are its places (api, device)."""

    name: str
    uplinks: tuple
    state: tuple
    account: dict
    wifi: bool
    powered: bool
    speed: float
    units: dict
    outages: tuple

    @classmethod
    def of(cls, panel):
        """Ask a panel for everything; it may take some milliseconds."""
        state, account = panel.state(), panel.account()
        switched = panel.wifi, panel.powered, panel.speed
        return cls(
            panel.name, panel.uplinks, state, account, *switched, panel.units, panel.outages
        )
