"""`wherry server`: the local server in a terminal or from a script."""

import json as json_text
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, fail, system_text, warn
from wherry_host.cli.network import introduction
from wherry_host.cli.options import USUAL_HOST, ApiPort, Db, Host, PagePort, place
from wherry_host.server.dialect import PROFILES
from wherry_host.server.dialects import names, tables
from wherry_host.server.identity import Identity, ca_path, found, keep
from wherry_host.stopping import stop_signals

Profile = StrEnum("Profile", PROFILES)

_WIDTH = 16


def server(
    host: Host = USUAL_HOST,
    port: ApiPort = None,
    page_port: PagePort = None,
    db: Db = None,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="Serve without TLS.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the addresses, in one line.")
    ] = False,
    clock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Clock file shared with a board.")
    ] = None,
    page: Annotated[bool, typer.Option(help="Serve the live page.")] = True,
    profile: Annotated[
        Profile, typer.Option(help="Answer as Harbor's cloud or as its open-source server.")
    ] = Profile.cloud,
):
    """Run a local server for all protocols, for this computer or with --host for its network.

    It has SNTP, DNS and an admin API for faults too. --db keeps its keys and certificate as well.
    """
    # Imported here because loading the server takes most of a second.
    from wherry_host.page.serve import Page
    from wherry_host.server.service import Service

    with stop_signals() as asked, errors_for_people():
        identity = found(db) if db else Identity()
        try:
            options = {
                "page": Page if page else None,
                "profile": profile.value,
                **place(host, port, page_port),
                **vars(identity),
            }
            service = Service(db, clock, plain_http=plain_http, **options).start()
        except (OSError, sqlite3.Error) as error:
            # The error of a missing clock file lacks a remedy; the error of a damaged one has it.
            of_clock = clock and isinstance(error, OSError) and error.filename == str(clock)
            remedy = "; give the file that a virtual board made" if of_clock else ""
            fail(f"the server cannot start: {system_text(error)}{remedy}")
        with service:
            if db:
                keep(identity, db)
            _introduce(service, json, ca_path(db) if db else service.ca, db)
            shown = ""
            while not (asked or service.wait(0.2)):
                shown = _warn(service.store, shown)


def _warn(store, shown):
    """Warn when a Store becomes unwritable or writable again; return the trouble shown."""
    trouble = store.trouble
    if trouble and not shown:
        warn(f"{store.path}: {trouble}; nodes get 503 and keep their readings")
    elif shown and not trouble:
        warn(f"{store.path}: can be written again")
    return trouble


def _introduce(service, as_json, ca, db):
    summary = service.summary() | {"ca": service.ca and str(ca)}
    if as_json:
        typer.echo(json_text.dumps(summary))
        return
    ca_text = summary["ca"]
    summary["ca"] = summary["ca"] or "none: plain http"
    summary["page"] = summary["page"] or "none: --no-page"
    typer.echo(f"Server of all dialects at {summary.pop('url')}")
    dialects = {name: summary.pop(name) for name in names()}
    for name, value in {**summary, "database": service.db, **dialects}.items():
        for line in _lines(name, value):
            typer.echo("  " + line)
    if service.addresses:
        typer.echo("\n" + introduction(service, ca_text, bool(db)))
    typer.echo("Stop it with Ctrl-C.")


def _lines(name, value):
    """Return the lines for an entry of a Service's summary; dialects have a line per value."""
    if name not in names():
        return [f"{name.replace('_', ' '):{_WIDTH}}  {value}"]
    lines = [tables()[name].title]
    for key, content in value.items():
        text = ", ".join(content) if isinstance(content, dict) else content
        lines.append(f"  {key.replace('_', ' '):{_WIDTH - 2}}  {text}")
    return lines
