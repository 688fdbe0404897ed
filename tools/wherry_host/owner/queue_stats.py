"""The figures of a node's queue: rows, bytes, stamps, boots, the last crash. The uplinks' figures
are in queue_uplinks.py.
"""

from dataclasses import asdict

from wherry import small_file

from wherry_host.owner.queue_uplinks import (
    COUNTS,
    Ahead,
    removed_lines,
    uplink_figures,
    uplink_lines,
)
from wherry_host.owner.queue_uploads import refusal_lines, upload_figures, upload_lines

_GAPS_SHOWN = 5


def figures(copy, view):
    """Return the figures of a Copy and its OwnerView as `queue stats --json` prints them.

    The bytes are the bytes of segments and row file, or of a ring's pages. `readings_ever` is the
    node's count since its flash was new, which is also the sum of the figures of each uplink.
    """
    kept, ahead = _kept(view)
    queue, store = view.queue, view.store
    readings_ever = (queue.readings if queue else 0) + view.staged[1]
    return {
        "node": copy.node.get("name"),
        "version": copy.version,
        **kept,
        "next_row": queue.next_row if queue else 0,
        "readings_ever": readings_ever,
        "rows_in_rtc_memory": view.staged[0],
        "extent": store.extent,
        "bytes": store.size,
        "bytes_per_reading": round(store.size / kept["readings"], 3) if kept["readings"] else None,
        "queue_size_max": store.size_max,
        "thinned": [
            {"first_row": first, "row_step": step, "end_row": min(end, queue.next_row)}
            for first, end, step in store.thinned
        ],
        "gaps_ever": view.gap_count,
        "gaps": [asdict(gap) for gap in view.gaps],
        "filesystem_used": copy.used or None,
        "filesystem_size": copy.size or None,
        "boot": int.from_bytes(small_file.read(f"{copy.folder}/boot") or b"", "little"),
        "anchored_boots": sorted(view.anchors.keys() - view.estimates.keys()),
        "estimated_boots": [asdict(each) for _, each in sorted(view.estimates.items())],
        "set_aside_kept": len(view.refused),
        "uploads": upload_figures(copy, queue),
        "orders": [asdict(order) for order in view.orders],
        "uplinks": {
            name: uplink_figures(ledger, view.held[name], readings_ever, ahead[name])
            for name, ledger in view.ledgers.items()
        },
        "removed_uplinks": {
            name: {count: getattr(ledger, count) for count in COUNTS}
            for name, ledger in view.removed.items()
        },
        "crash": _crash(copy.folder / "crash"),
        "faults": view.faults,
    }


def _kept(view):
    """Walk the readings once; return figures and {uplink: Ahead}. The stamps are the lowest and
    the highest, not the first and the last.
    """
    rows, readings, undated = set(), 0, set()
    first = last = None
    ahead = {name: Ahead(view, name) for name in view.ledgers}
    for kept in view.readings():
        if kept.unit is None:
            continue  # The reading's row is gone, so the reading counts only as set aside.
        for each in ahead.values():
            each.add(kept)
        rows.add(kept.row)
        readings += 1
        if kept.time is None:
            undated.add(kept.row)
            continue
        first = min(first or kept.time, kept.time)
        last = max(last or kept.time, kept.time)
    return {
        "rows": len(rows),
        "readings": readings,
        "first_row": min(rows, default=None),
        "last_row": max(rows, default=None),
        "undated_rows": len(undated),
        "first_time": first,
        "last_time": last,
    }, ahead


def _crash(path):
    """Return the content of the crash record, or None if the node never crashed."""
    record = small_file.read(str(path))
    if not record:
        return None
    return {"streak": record[0], "error": record[1:].decode("utf-8", "replace") or None}


def lines(found):
    """Return the figures as text lines."""
    return [
        *_queue_lines(found),
        *_node_lines(found),
        "",
        *uplink_lines(found["uplinks"], found["readings_ever"]),
        *refusal_lines(found["uplinks"], found["uploads"]),
        *removed_lines(found["removed_uplinks"]),
    ]


def _queue_lines(found):
    per_reading = found["bytes_per_reading"]
    spread = f" ({per_reading} per reading)" if per_reading else ""
    yield _line("rows", f"{found['rows']:,} with {found['readings']:,} readings")
    if found["rows"]:
        yield _line("numbers", f"{found['first_row']} to {found['last_row']}")
        yield _line("stamps", f"{found['first_time'] or 'none'} to {found['last_time'] or 'none'}")
    if found["undated_rows"]:
        yield _line("undated", f"{found['undated_rows']:,} rows, with boot and ticks only")
    for each in found["estimated_boots"]:
        within = f"{-(-each['uncertainty_ms'] // 1000):,} s"
        rows = f"{each['rows']:,} rows of boot {each['boot']}"
        yield _line("estimated", f"{rows}, begun {each['begin']} within {within}")
    yield _line("flash", f"{found['bytes']:,} B in {found['extent']}{spread}")
    if found["rows_in_rtc_memory"]:
        count = f"{found['rows_in_rtc_memory']:,} of these rows, which a power cut would take"
        yield _line("RTC memory", count)
    for thinned in found["thinned"]:
        rows = f"rows {thinned['first_row']} to {thinned['end_row'] - 1}"
        yield _line("thinned", f"{rows}: one of {thinned['row_step']} is left")
    yield from _gap_lines(found)
    if found["queue_size_max"]:
        share = 100 * found["bytes"] / found["queue_size_max"]
        yield _line("queue limit", f"{found['queue_size_max']:,} B, {share:.0f} % in use")
    if found["filesystem_size"]:
        share = 100 * found["filesystem_used"] / found["filesystem_size"]
        yield _line("filesystem", f"{found['filesystem_size']:,} B, {share:.0f} % in use")


def _gap_lines(found):
    gaps = found["gaps"]
    if gaps:
        yield _line("gaps", f"{found['gaps_ever']:,}, where rows were lost with RTC memory:")
    for gap in gaps[-_GAPS_SHOWN:]:
        yield _line("", f"{gap['after']} to {gap['before']}, row {gap['row']}")
    if len(gaps) > _GAPS_SHOWN:
        yield _line("", "and older ones; --json has them")


def version_text(version):
    """Return the text for the `version` of a Copy."""
    text, starts = f"{version['version']} in {version['slot']}", version["trial_starts"]
    if starts is None:
        return text
    return f"{text}, on trial, {starts} start{'' if starts == 1 else 's'} so far"


def _node_lines(found):
    if found["version"]:
        yield _line("version", version_text(found["version"]))
    boots = found["anchored_boots"]
    yield _line("boots", f"{found['boot']}, of which {len(boots)} with an anchor")
    crash = found["crash"]
    if crash and crash["streak"]:
        yield _line("crash", f"{crash['streak']} in a row; {crash['error']}")
    else:
        yield _line("crash", "none since the last good turn" if crash else "none")
    for name, text in upload_lines(found["uploads"], found["uplinks"]):
        yield _line(name, text)
    for order in found["orders"]:
        sent = f"{order['kind']} to {order['uplink']}, {order['sent']:,} sent again so far"
        yield _line("order", sent + (":" if order["first"] else ""))
        if order["first"]:
            yield _line("", f"{order['first']} to {order['last']}")


def _line(name, text):
    return f"{name:12}{text}"
