"""The outcome of a simulated life as JSON fields and as lines of text."""

from wherry_host.year.world.clock import DAY_US

#: The counts of a Tally, in order.
COUNTS = (
    "sampled", "cut_short", "delivered", "waiting", "set_aside", "thinned", "dropped", "damaged",
    "in_gap", "duplicates", "violations",
)  # fmt: skip


def fields(life, tally, faults):
    """Return the fields of `wherry year --json` for a life with some Faults."""
    days = (life.clock.us - life.site.begin_us) / DAY_US
    used_mah, network, cell = life.used_mah(life.clock.us), life.site.network, life.site.node.cell
    a_day = used_mah / days
    left_mah = cell.left_after_mah(used_mah, days)
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        "mah_per_day": round(a_day, 3),
        "node_mah_per_day": tally.node_mah and round(tally.node_mah / days, 3),
        "days_left": max(0, int(left_mah / (a_day + cell.lost_mah))),
        "awake_s_per_day": round(life.awake_us / 1e6 / days, 2),
        "wire_bytes_per_day": round((network.up_size + network.down_size) / days),
        "handshakes_per_upload": round(network.shake_count / max(life.join_count, 1), 3),
        "worst_stamp_error_ms": round(tally.worst_stamp_error_ms, 1),
        "estimated": tally.estimated,
        "worst_estimate_error_s": round(tally.worst_estimate_error_s),
        "faults": [str(fault) for fault in faults],
        "problems": tally.problems,
    }


def lines(found, node, title):
    """Yield the outcome as text."""
    yield title
    yield ""
    for name in COUNTS:
        yield f"{name.replace('_', ' '):<14}{found[name]:>9}"
    if found["faults"]:
        yield f"{'faults':<14}{len(found['faults']):>9}"
    yield ""
    own = found["node_mah_per_day"]
    counted = f" (the node counts {own:.2f})" if own is not None else ""
    yield f"charge: {found['mah_per_day']:.2f} mAh per day{counted}"
    if node.sleeps:
        yield (
            f"cell: {node.cell.capacity_mah:g} mAh; {found['days_left']} more days at this rate"
        )
    yield f"awake: {found['awake_s_per_day']:.0f} s per day"
    kb = found["wire_bytes_per_day"] / 1000
    shakes = found["handshakes_per_upload"]
    yield f"network: {kb:.0f} kB per day; TLS handshakes per upload: {shakes:g}"
    yield f"clock: no stamp is more than {found['worst_stamp_error_ms']:.0f} ms off"
    if found["estimated"]:
        error_s = found["worst_estimate_error_s"]
        yield f"estimated stamps: {found['estimated']}, at most {error_s} s off"
    for text in found["problems"]:
        yield f"violation: {text}"
