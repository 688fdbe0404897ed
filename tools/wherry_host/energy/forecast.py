"""The charge that a node uses per day, by cause, and its uncertainty: see docs/energy.md."""

from wherry_host.energy.profile import MC_OF_MAH
from wherry_host.energy.workload import DAY_S, flash_s


def causes_mah(profile, work):
    """Return {cause: mAh per day}."""
    p = profile.usual()
    radio, join_ma = p["radio_ma"], p["join_ma"]
    sampling = work.samples * _wake_mc(p, work.row_size, work.sensing_s)
    # An upload has a wake of its own, without a measurement.
    starting = work.uploads * _wake_mc(p, work.upload_size, 0)
    join_s = p["join_s"] + work.dhcp_share * p["dhcp_s"] + work.scan_s
    shake_s = work.uplink_count * p["reach_s"] + work.tls_count * p["tls_s"]
    send_s = work.requests * p["request_s"] + work.upload_readings * p["reading_s"]
    send_s += work.sync_share * p["time_s"] + p["close_s"]
    fail_s = p["fail_share"] * p["fail_s"]
    charges_mc = {
        "sleep": p["sleep_ma"] * DAY_S,
        "samples": sampling + starting,
        "Wi-Fi": work.uploads * join_s * join_ma,
        "TLS": work.uploads * shake_s * radio,
        "sending": work.uploads * send_s * radio,
        "failures": work.uploads * fail_s * join_ma,
    }
    return {cause: mc / MC_OF_MAH for cause, mc in charges_mc.items()}


def _wake_mc(p, size, sensing_s):
    run_s = p["boot_s"] + flash_s(size) + size * p["load_s"] + p["run_s"]
    return run_s * p["cpu_ma"] + sensing_s * p["wait_ma"]


def day_mah(profile, work):
    """Return the charge of a day in mAh."""
    return sum(causes_mah(profile, work).values())


def spreads_mah(profile, work):
    """Return {quantity: (mAh per day at its better bound, at its worse bound)}, widest first."""
    found = {}
    for name, span in profile.spans().items():
        low, high = (day_mah(profile.at(name, bound), work) for bound in (span.low, span.high))
        found[name] = min(low, high), max(low, high)
    widest = sorted(found, key=lambda name: found[name][0] - found[name][1])
    return {name: found[name] for name in widest}


def range_mah(profile, work):
    """Return (low, high) mAh per day; the errors of the quantities are independent."""
    usual = day_mah(profile, work)
    spreads = spreads_mah(profile, work).values()
    below = sum((usual - low) ** 2 for low, _ in spreads) ** 0.5
    above = sum((high - usual) ** 2 for _, high in spreads) ** 0.5
    return max(0, usual - below), usual + above
