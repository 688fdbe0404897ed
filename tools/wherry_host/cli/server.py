"""`wherry server`: the local server in a terminal or behind a script."""

import json as json_text
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import fail, system_text
from wherry_host.cli.options import Db
from wherry_host.server.dialect import PROFILES
from wherry_host.server.dialects import names, tables
from wherry_host.stopping import stop_signals

Profile = StrEnum("Profile", PROFILES)

_WIDTH = 16


def server(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")
    ] = 0,
    db: Db = None,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="Serve without TLS.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the addresses, in one line.")
    ] = False,
    clock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Clock file shared with a board.")
    ] = None,
    page: Annotated[bool, typer.Option(help="Serve the live page.")] = True,
    page_port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="Port of the page; 0 takes a free one."
        ),
    ] = 0,
    profile: Annotated[
        Profile, typer.Option(help="Answer as Harbor's cloud or as its open-source server.")
    ] = Profile.cloud,
):
    """Run a local server for all protocols, on loopback only.

    It has SNTP, DNS and an admin API for faults too.
    """
    # The server takes most of a second to load: other commands do without.
    from wherry_host.page.serve import Page
    from wherry_host.server.service import Service

    with stop_signals() as asked:
        try:
            options = {
                "page": Page if page else None,
                "page_port": page_port,
                "profile": profile.value,
            }
            service = Service(db, clock, port, plain_http, **options).start()
        except (OSError, sqlite3.Error) as error:
            # The text of a clock file that is damaged has its remedy.
            of_clock = clock and isinstance(error, OSError) and error.filename == str(clock)
            remedy = "; give the one that a virtual board made" if of_clock else ""
            fail(f"the server cannot start: {system_text(error)}{remedy}")
        with service:
            _introduce(service, json)
            while not (asked or service.wait(0.2)):
                continue


def _introduce(service, as_json):
    summary = service.summary()
    if as_json:
        typer.echo(json_text.dumps(summary))
        return
    summary["ca"] = summary["ca"] or "none: plain http"
    summary["page"] = summary["page"] or "none: --no-page"
    typer.echo(f"Server of all dialects at {summary.pop('url')}")
    dialects = {name: summary.pop(name) for name in names()}
    for name, value in {**summary, "database": service.db, **dialects}.items():
        for line in _lines(name, value):
            typer.echo("  " + line)
    typer.echo("Stop it with Ctrl-C.")


def _lines(name, value):
    """Return the lines of one entry of a Service's summary; a dialect has one for each value."""
    if name not in names():
        return [f"{name.replace('_', ' '):{_WIDTH}}  {value}"]
    lines = [tables()[name].title]
    for key, content in value.items():
        text = ", ".join(content) if isinstance(content, dict) else content
        lines.append(f"  {key.replace('_', ' '):{_WIDTH - 2}}  {text}")
    return lines
