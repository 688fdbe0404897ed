"""A node's stored data as text: a table for people, CSV or JSON for programs."""

import csv
import io
import json

from wherry_host.formulas import guarded

_DUMP_COLUMNS = (
    "row", "time", "boot", "ticks_ms", "uncertainty_ms", "channel", "unit", "value", "state",
    "waits_for", "status", "reason",
)  # fmt: skip
_ASIDE_COLUMNS = (
    "row", "time", "ticks_ms", "channel", "value", "status", "reason", "uplink",
)  # fmt: skip


def dump_table(readings):
    """Yield the lines of a table of Kept readings."""
    yield _dump_line("row", "time (UTC)", "channel", "value", "unit", "state")
    for kept in readings:
        place = kept.row, _when(kept), kept.channel
        yield _dump_line(*place, kept.value, kept.unit or "", _state(kept))


def _dump_line(row, time, channel, value, unit, state):
    return f"{row:>6} {time:24} {channel:19} {value:>9} {unit:4} {state}".rstrip()


def _when(kept):
    if kept.time:
        return kept.time
    boot = "undated" if kept.boot is None else f"boot {kept.boot}"
    return f"{boot} +{kept.ticks_ms / 1000:.3f} s"


def _state(kept):
    waits, selected = len(kept.waits_for), len(kept.selected_by)
    if 0 < waits < selected:
        return f"waiting {waits}/{selected}"
    if kept.refused and _is_of_server(kept.refused):
        return f"set aside {kept.refused.status}"
    return kept.state


def _is_of_server(refused):
    """Return True for an HTTP status; 0 and 1 are the node's own statuses."""
    return refused.status > 1


def aside_table(refused):
    """Yield the lines of a table of Refused readings; the reason follows the status.

    If there are several uplinks, the uplink precedes the status.
    """
    refused = list(refused)
    several = len({each.uplink for each in refused}) > 1
    yield _aside_line("row", "time (UTC)", "channel", "value", "status and reason")
    for each in refused:
        when = each.time or f"+{each.ticks_ms / 1000:.3f} s"
        # A reason often begins with the status.
        reason = each.reason.removeprefix(f"HTTP {each.status}").lstrip(": ")
        why = f"{each.status} {reason}" if _is_of_server(each) else reason
        if several:
            why = f"{each.uplink}: {why}"
        yield _aside_line(each.row, when, each.channel, each.value, why)


def _aside_line(row, time, channel, value, why):
    return f"{row:>6} {time:24} {channel:19} {value:>9} {why}".rstrip()


def dump_fields(kept):
    """Return a Kept reading as a dictionary in the order of the columns; None means unknown."""
    refused = kept.refused
    return {
        "row": kept.row,
        "time": kept.time,
        "boot": kept.boot,
        "ticks_ms": kept.ticks_ms,
        "uncertainty_ms": kept.uncertainty_ms,
        "channel": kept.channel,
        "unit": kept.unit,
        "value": kept.value,
        "state": kept.state,
        "waits_for": kept.waits_for,
        "status": refused.status if refused else None,
        "reason": refused.reason if refused else None,
    }


def aside_fields(refused):
    """Return a Refused reading as a dictionary in the order of the columns."""
    return {name: getattr(refused, name) for name in _ASIDE_COLUMNS}


def dump_csv(readings):
    """Yield the CSV lines of Kept readings, the header first."""
    return _csv(_DUMP_COLUMNS, map(dump_fields, readings))


def aside_csv(refused):
    """Yield the CSV lines of Refused readings, the header first."""
    return _csv(_ASIDE_COLUMNS, map(aside_fields, refused))


def _csv(columns, found):
    yield ",".join(columns)
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="")
    for fields in found:
        line.seek(0)
        line.truncate()
        writer.writerow([_cell(name, value) for name, value in fields.items()])
        yield line.getvalue()


def _cell(name, value):
    """Return the content of a cell; a reading's value has only digits and is never a formula."""
    text = " ".join(value) if isinstance(value, list) else value
    return guarded(text) if isinstance(text, str) and name != "value" else text


def dump_json(readings):
    """Yield the lines of a JSON array of Kept readings."""
    return _json(map(dump_fields, readings))


def aside_json(refused):
    """Yield the lines of a JSON array of Refused readings."""
    return _json(map(aside_fields, refused))


def _json(found):
    """Return JSON in which values have their own digits, which a float would not keep (21.50)."""
    yield "["
    before = None
    for fields in found:
        if before:
            yield before + ","
        parts = (f'"{name}": {_json_part(name, part)}' for name, part in fields.items())
        before = "{" + ", ".join(parts) + "}"
    if before:
        yield before
    yield "]"


def _json_part(name, part):
    return part if name == "value" else json.dumps(part, ensure_ascii=False)
