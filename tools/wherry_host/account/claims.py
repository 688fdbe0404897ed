"""Compare the node's claims, on its console and in its ledgers, with the witnesses."""

from collections import Counter

from wherry_host.account.excuses import is_within
from wherry_host.account.upload_lines import judge_lines
from wherry_host.console_text import row_lines


def judge_claims(case, parts, losses):
    """Report each claim that the witnesses contradict."""
    _judge_rows(case)
    judge_lines(case, parts, losses)
    for part in parts:
        _judge_ledger(case, part, losses)


def _judge_rows(case):
    """Compare the rows on the console with the rows in flash, except rows that have left it."""
    held = Counter(reading.row for reading in case.final.readings)
    if not held or case.evidence.typed["node"]["durability"] == "stage":
        return
    first, last = min(held), max(held)
    thinned = case.final.thinned_rows
    for time_us, row, size in row_lines(case.evidence.lines):
        if row >= first and not is_within(row, thinned) and held[row] != size:
            there = f"has {held[row]}" if held[row] else f"ends with row {last}"
            case.report(
                f"row {row}", time_us, f"the console says {size} readings, the flash {there}"
            )


def _judge_ledger(case, part, losses):
    ledgers = [
        ledger
        for label, ledger in case.final.ledgers.items()
        if label == part.label or label.startswith(part.label + "~")
    ]
    delivered = sum(ledger.delivered for ledger in ledgers)
    stored = _stored_count(part)
    if not stored - losses.count(part.table) <= delivered <= stored:
        text = f"the ledger says {delivered} delivered, the server has {stored}"
        case.report(part.label, None, text)
    for name in ("dropped", "thinned"):
        said = sum(getattr(ledger, name) for ledger in ledgers)
        known = getattr(part.counts, name)
        if said != known:
            text = f"the ledger says {said} {name}, the witnesses {known}"
            case.report(part.label, None, text)


def _stored_count(part):
    """Return the number of distinct points that the server has, or had."""
    return len({point[:2] for point in part.table.lost + part.table.points})
