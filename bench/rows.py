"""A figure of the bench, as in build/bench.json and its table."""


def row(value, unit, must=None, goal=None, better="lower", digits=None):
    """Return {"value", "unit", "must", "goal", "better"}.

    `must` is the bound that a release keeps, `goal` the target. The value is rounded to `digits`
    digits after the point; None is a failure.
    """
    if digits is not None and value is not None:
        value = round(value, digits)
    return {"value": value, "unit": unit, "must": must, "goal": goal, "better": better}
