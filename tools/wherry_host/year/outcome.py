"""The outcome of a simulated life as JSON fields and as lines of text."""

from wherry.power.ledger import used_uah

from wherry_host.account.spec.rtc import read_rtc

_DAY_US = 86_400_000_000
_COUNTS = (
    "sampled", "cut_short", "delivered", "waiting", "set_aside", "thinned", "dropped",
    "duplicates", "violations",
)  # fmt: skip


def fields(site, life, tally, begin_us):
    """Return the fields of `wherry year --json`."""
    days = (life.clock.us - begin_us) / _DAY_US
    used_mah, network = life.used_mah(life.clock.us), site.network
    a_day = used_mah / days
    left_mah = site.cell.left_mah - used_mah - site.cell.lost_mah * days
    return {
        **{name: getattr(tally, name) for name in _COUNTS},
        "mah_per_day": round(a_day, 3),
        "node_mah_per_day": _node_mah(site, life, days),
        "days_left": max(0, int(left_mah / (a_day + site.cell.lost_mah))),
        "awake_s_per_day": round(life.awake_us / 1e6 / days, 2),
        "wire_bytes_per_day": round((network.up_size + network.down_size) / days),
        "handshakes_per_upload": round(network.shake_count / max(life.join_count, 1), 3),
        "worst_stamp_error_ms": round(tally.worst_stamp_error_ms, 1),
        "problems": tally.problems,
    }


def _node_mah(site, life, days):
    """Return the node's own count of its charge in mAh per day, None if it does not count."""
    state, _ = read_rtc(bytes(life.port.memory))
    if not site.currents or not state:
        return None
    elapsed_ms = life.port.rtc_us() // 1000 - state["zero_ms"]
    return round(used_uah(state["busy"], elapsed_ms, site.currents) / 1000 / days, 3)


def lines(found, site, title):
    """Yield the outcome as text."""
    yield title
    yield ""
    for name in _COUNTS:
        yield f"{name.replace('_', ' '):<14}{found[name]:>9}"
    yield ""
    own = found["node_mah_per_day"]
    counted = f" (the node counts {own:.2f})" if own is not None else ""
    yield f"charge: {found['mah_per_day']:.2f} mAh a day{counted}"
    if site.sleeps:
        yield (
            f"cell: {site.cell.capacity_mah:g} mAh; {found['days_left']} more days at this rate"
        )
    yield f"awake: {found['awake_s_per_day']:.0f} s a day"
    kb = found["wire_bytes_per_day"] / 1000
    shakes = found["handshakes_per_upload"]
    yield f"network: {kb:.0f} kB a day, {shakes:g} TLS handshakes an upload"
    yield f"clock: no stamp is more than {found['worst_stamp_error_ms']:.0f} ms off"
    for text in found["problems"]:
        yield f"violation: {text}"
