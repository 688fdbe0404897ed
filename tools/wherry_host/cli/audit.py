"""`wherry audit`: check, from a node's counters, that a server's table has all its readings."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, stoppable
from wherry_host.errors import PlaceError
from wherry_host.owner.audit import audit as audit_points
from wherry_host.owner.audit_table import read_table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The largest number of gaps shown for a table; --json has all.
_GAPS_SHOWN = 20
_INCOMPLETE = 3


def audit(
    table: Annotated[
        str,
        typer.Argument(help="The file of `wherry server --db`, or a CSV exported by a server."),
    ],
    node: Annotated[str | None, typer.Option(help="One node only, by its name.")] = None,
    some_channels: Annotated[
        bool,
        typer.Option("--some-channels", help="The table's uplink does not take all channels."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
):
    """Prove from a server's table how many readings are missing in it.

    Exit code 3: readings are missing that the node does not count as refused.
    """
    with errors_for_people(), stoppable() as asked:
        found = read_table(table)
        if not found:
            raise PlaceError(f"{table}: holds no points; give the table that the node sends to")
        if node is not None and node not in found:
            names = ", ".join(sorted(found))
            raise PlaceError(f'{table}: holds no points of "{node}"; its nodes are: {names}')
        names = sorted(found) if node is None else [node]
        findings = {}
        for name in names:
            asked.check()
            findings[name] = audit_points(found[name], some_channels)
    if as_json:
        fields = {name: _fields(finding) for name, finding in findings.items()}
        typer.echo(json.dumps(fields, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join("\n".join(_lines(*each)) for each in findings.items()))
    if not all(finding.complete for finding in findings.values()):
        raise typer.Exit(_INCOMPLETE)


def _fields(finding):
    """Return a Finding for JSON, with RFC 3339 stamps and only the newest health row."""
    fields = asdict(finding)
    health = fields.pop("health")
    newest = health[-1] if health else {"sampled": None, "counters": {}}
    fields["restarted"] = [_stamp(time_us) for time_us in fields.pop("restarted_us")]
    for gap in fields["gaps"] + fields["left_out"] + fields["cut_off"]:
        gap["after"], gap["before"] = _stamp(gap.pop("after_us")), _stamp(gap.pop("before_us"))
    node_says = {"sampled": newest["sampled"], **newest["counters"]}
    return {
        "complete": finding.complete,
        "until": _stamp(finding.until_us),
        "health_rows": len(health),
        **fields,
        "node_says": node_says,
    }


def _lines(name, finding):
    if not finding.health:
        yield f"{name}: cannot be audited: its {finding.points:,} points lack node_sampled"
        yield "  (an uplink with `channels` has to take node_sampled, node_delivered,"
        yield "  node_waiting, node_set_aside, node_dropped, node_thinned and node_damaged along)"
        return
    until = _stamp(finding.until_us)
    if finding.missing:
        yield f"{name}: {finding.missing:,} of {finding.proven:,} readings up to {until} missing"
    elif finding.complete:
        yield f"{name}: complete: {finding.proven:,} readings up to {until}"
    else:
        yield f"{name}: the table differs from what the node sent, up to {until}"
    yield from _missing_lines(finding)
    yield from _left_out_lines(finding)
    yield from _doubt_lines(finding)
    newest = finding.health[-1]
    said = {"sampled": newest.sampled, **newest.counters}
    words = (f"{name.replace('_', ' ')} {count:,}" for name, count in said.items() if count)
    yield f"  the node's newest counters ({len(finding.health):,} health rows in the table):"
    yield f"    {', '.join(words)}"


def _missing_lines(finding):
    for count, words in (
        (finding.refused, "set aside, dropped, thinned or damaged by the node's own count"),
        (finding.others, "of channels that the uplink does not take, by the node's own count"),
        (finding.lost, "acknowledged to the node: the server, or this table, has lost them"),
        (finding.open, "settled since its newest counters: the next health row shows where"),
    ):
        if count:
            yield f"  {count:,} {words}"
    for gap in finding.gaps[:_GAPS_SHOWN]:
        where = f"from {_stamp(gap.after_us)} to" if gap.after_us else "before"
        word = "refused or not for it" if finding.others else "refused"
        refused = f", {gap.refused:,} {word}" if gap.refused else ""
        yield f"    {gap.missing:,} {where} {_stamp(gap.before_us)}{refused}"
        if gap.rows:
            whole = f", {gap.whole_rows:,} of them as a whole" if gap.whole_rows else ""
            yield f"      among rows {gap.rows[0]} to {gap.rows[1]}{whole}"
    if len(finding.gaps) > _GAPS_SHOWN:
        yield f"  and {len(finding.gaps) - _GAPS_SHOWN:,} more stretches; --json has all"


def _left_out_lines(finding):
    for gap in finding.cut_off[:_GAPS_SHOWN]:
        yield "  rows were lost with the node's RTC memory, uncounted,"
        yield f"    from {_stamp(gap.after_us)} to {_stamp(gap.before_us)}"
    for gap in finding.left_out[:_GAPS_SHOWN]:
        first, last = gap.rows
        yield f"  {gap.whole_rows:,} of the rows {first} to {last} never counted: lost"
        yield f"    on the node, or left out after damage, from {_stamp(gap.after_us)} on"
    if len(finding.left_out) > _GAPS_SHOWN:
        yield f"  and {len(finding.left_out) - _GAPS_SHOWN:,} more; --json has all"


def _doubt_lines(finding):
    yield f"  {finding.points:,} points; {finding.later:,} since then are not proven yet"
    if finding.again:
        yield f"  {finding.again:,} copies: sent again, each a point that is there already"
    if finding.changed:
        yield f"  {finding.changed:,} of them with another value: two senders use this name"
    if finding.surplus:
        yield f"  {finding.surplus:,} more than the node took: was the board erased, or does"
        yield "    a second board use this name? This can hide missing readings"
    others = finding.health[-1].others
    if others and finding.lost + finding.open and not finding.others:
        yield f"  {others:,} are not for the uplink that the counters are of: if it is this"
        yield "    table's, ask again with --some-channels"
    for time_us in finding.restarted_us:
        yield f"  before {_stamp(time_us)} the node's flash was new: from its last health row"
        yield "    to that stamp nothing is proven"


def _stamp(time_us):
    if time_us is None:
        return None
    time = _EPOCH + timedelta(microseconds=time_us)
    text = time.isoformat(timespec="microseconds").removesuffix("+00:00")
    return text.removesuffix("000") + "Z" if text.endswith("000") else text + "Z"
