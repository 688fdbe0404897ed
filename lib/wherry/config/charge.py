"""The option `capacity_mah` of [power], with which a node counts its battery's charge."""

from wherry.config.cadence import CadenceError, require_battery

CAPACITY_OPTION = ("int", None, 20, 200000)


def complete(settings: dict, errors: list) -> None:
    """Report a capacity that is set for a node on mains."""
    power = settings["power"]
    mah = power["capacity_mah"]
    if mah in (None, ...) or power["source"] is ...:
        return
    try:
        require_battery(power, "capacity_mah", mah)
    except CadenceError as error:
        errors.append(error.line())
