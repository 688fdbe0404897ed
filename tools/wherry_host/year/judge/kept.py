"""The readings in the flash and the RTC memory of a simulated board, by the account's decoders."""

from wherry_host.account.flash import read_flash, readings_of
from wherry_host.account.spec.rtc import newest_state, stage_rows
from wherry_host.compile.row_wake import channels_of_sensors


def kept(life):
    """Return the Flash of a Life, and the Readings that are in RTC memory only."""
    flash = read_flash(bytes(life.flash.memory.content))
    return flash, _staged(life)


def channels_of(node):
    """Return the (decimals, name, unit) of each channel of a Node's sensors."""
    return [(decimals, name, unit) for name, unit, decimals in channels_of_sensors(node.typed)]


def _staged(life):
    memory = bytes(life.port.memory)
    state = newest_state(memory)
    if not state:
        return []
    # After a deploy, rows may wait that the node before it has kept.
    nodes = {each.schema: each for each in life.site.nodes}
    node = nodes.get(state["schema"], life.site.node)
    channels, count = channels_of(node), node.channel_count
    rows = stage_rows(memory, (count, count - len(channels)))
    return [
        each
        for row in rows
        for each in readings_of(_without_own(row, len(channels)), channels, {})
    ]


def _without_own(row, count):
    """Return a row without the values of the node's own channels, which follow the sensors'."""
    return row._replace(values={i: value for i, value in row.values.items() if i < count})
