"""A snapshot of a demo.panel.Panel, which shows and switches a node of this process."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PanelNow:
    """The state of a Panel: `name` is the node's name, `uplinks` are its places (api, device)."""

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
        """Read everything from a panel; it may take some milliseconds."""
        state, account = panel.state(), panel.account()
        switched = panel.wifi, panel.powered, panel.speed
        return cls(
            panel.name, panel.uplinks, state, account, *switched, panel.units, panel.outages
        )
