"""The option `capacity_mah` of [power]: with it a node counts the charge of its battery."""

CAPACITY_OPTION = ("int", None, 20, 200000)


def settle(settings: dict, errors: list) -> None:
    """Report a capacity on mains."""
    power = settings["power"]
    mah = power["capacity_mah"]
    if mah in (None, ...) or power["source"] in ("battery", ...):
        return
    remedy = 'give source = "battery", or remove this key'
    errors.append(("[power]: capacity_mah", str(mah), remedy))
