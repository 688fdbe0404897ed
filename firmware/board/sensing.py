"""From settings to a sampler: creates the sensors, with their ports and value processing.

Loaded while a node is created, and by `wherry check --read`.
"""

from board import Board
from wherry import load
from wherry.sampling.sampler import Sampler


def made(settings, ports, state=None):
    """Return the Sampler of all sensors, with their channels in the order of the sections.

    `ports` are the chip's, or an object with the same `say`, `feed` and `rest`. `state` is the
    stage's, or None without alarms and report on change.
    """
    board = Board(settings["board"])
    sensors = []
    plan = []
    alarms = []
    reports = []
    report_ms = base = 0
    for section in settings["sensor"]:
        module = load(section["module"])
        if "calls" in section:
            # The calls of a third-party driver are timed, and its label is printed if one blocks.
            name = "sensor %d (%s)" % (len(sensors) + 1, _label(section))
            board.watch = name, ports  # pyright: ignore[reportAttributeAccessIssue]
        sensor = module.Sensor(section, board)
        if hasattr(sensor, "rest"):
            ports.rest = sensor.rest
        if hasattr(sensor, "follow"):
            sensor.follow(state)
        channels = section.pop("channels")
        if not hasattr(sensor, "period_us"):
            pin = section.get("power_pin")
            switch = None if pin is None else board.switch(pin)
            plan.append((section.get("every", 1), switch, section.get("warm_up_ms", 0)))
        if "alarm" in section:
            alarms += [
                (base + i, channels[i][0]) + tuple(limits) for i, limits in section["alarm"]
            ]
        if "report" in section:
            # The period is the same in all sections.
            report_ms, entries = section["report"]
            reports += [(base + i, channels[i][0]) + tuple(rest) for i, rest in entries]
        base += len(channels)
        sensor = _changed(sensor, section, [channel[0] for channel in channels])
        sensors.append((_label(section), sensor, len(channels)))
    sampler = Sampler(sensors, ports.say, _plan(plan))
    if alarms and state:
        from wherry.sampling.alarms import watch

        watch(sampler, state, alarms, ports.say)
    if reports and state:
        import machine
        from wherry.sampling import changes

        if machine.reset_cause() != machine.DEEPSLEEP_RESET:
            # The configuration may have changed.
            changes.forget(state.busy)
        # Report on change wraps the alarms, which see all values.
        changes.watch(sampler, state, reports, report_ms, ports.say)
    return sampler


def _plan(entries):
    """Return a Plan if some sensors are not always powered, or not due at each sample."""
    if not any(every > 1 or switch for every, switch, _ in entries):
        return None
    from wherry.sampling.plan import Plan

    return Plan(entries)


def _changed(sensor, section, names):
    """Wrap a Sensor in the processing of its values; remove the keys for it from the section.

    `names` are its channels' names: the driver's, their extremes, the derived ones.
    """
    own_count = len(names)
    if "derive" in section:
        own_count -= len(section["derive"][1])
    if "several" in section:
        from wherry.sampling.several import Several

        count, is_mean, has_extremes, pause_ms = section.pop("several")
        measured = names[: own_count // 3 if has_extremes else own_count]
        sensor = Several(sensor, measured, count, is_mean, has_extremes, pause_ms)
    if "adjust" in section:
        from wherry.sampling.adjusted import Adjusted

        steps = {step[0]: step[1:] for step in section.pop("adjust")}
        sensor = Adjusted(sensor, names, steps)
    if "derive" in section:
        from wherry.sampling.derived import Derived

        sensor = Derived(sensor, own_count, *section.pop("derive"))
    return sensor


def _label(section):
    """Return a sensor's label on the console: its driver and address."""
    # The class of a third-party driver.
    name = section["driver"].split(":")[-1]
    return "%s at 0x%02x" % (name, section["address"]) if "address" in section else name
