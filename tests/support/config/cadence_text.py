"""A cadence of a battery, as a configuration has it."""

from support.config.changed_config import changed

TEXT = "high:10min/1h; normal : 15 min / 3 h; low:1h/12h; critical:off"


def power(**options):
    raw = {"source": "battery"}
    raw.update(options)
    return changed("power", raw)
