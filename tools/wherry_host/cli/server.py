"""`wherry server`: the local server in a terminal or behind a script."""

import json as json_text
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.stopping import stop_signals

# As in dialects.py. What serves takes most of a second to load: other commands do without.
Profile = StrEnum("Profile", "cloud oss")

_STORY = """\
Server of all dialects at {url}
  page       {page}
  CA         {ca}
  Harbor     {endpoint}
    api key  {api_key}
  Harbor v1  {harbor_v1[endpoint]}
    api key  {harbor_v1[api_key]}
  SensoCan   {sensocan[url]}
    device   {sensocan[device_uuid]}
    token    {sensocan[token]}
    slugs    {slugs}
  HERE       {here[url]}
    device   {here[device_id]}
    secret   {here[device_secret]}
    tracking {here[tracking_id]}
    user     {here[user_token]}
  SNTP       {sntp}
  DNS        {dns}
  admin      {admin}
    token in {admin_token_file}
  database   {db}
Stop it with Ctrl-C."""


def server(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API; 0 takes a free one.")
    ] = 0,
    db: Annotated[Path | None, typer.Option(help="Database file to keep.")] = None,
    plain_http: Annotated[bool, typer.Option("--plain-http", help="Serve without TLS.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON line at the start.")
    ] = False,
    clock: Annotated[Path | None, typer.Option(help="Clock file shared with a board.")] = None,
    page: Annotated[bool, typer.Option(help="Serve the live page.")] = True,
    page_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the page; 0 takes a free one.")
    ] = 0,
    profile: Annotated[
        Profile, typer.Option(help="Answer as Harbor's cloud or as its open-source server.")
    ] = Profile.cloud,
):
    """Run a local server of all dialects with SNTP, DNS and an admin API, all on loopback."""
    from wherry_host.server.service import Service

    with stop_signals() as asked:
        try:
            options = {"page": page, "page_port": page_port, "profile": profile.value}
            service = Service(db, clock, port, plain_http, **options).start()
        except (OSError, sqlite3.Error) as error:
            typer.echo(f"server: cannot start: {error}", err=True)
            raise typer.Exit(1) from error
        with service:
            _introduce(service, json)
            while not (asked or service.wait(0.2)):
                continue


def _introduce(service, as_json):
    summary = service.summary()
    if as_json:
        typer.echo(json_text.dumps(summary))
    else:
        summary["ca"] = summary["ca"] or "none: plain http"
        summary["page"] = summary["page"] or "none: --no-page"
        summary["slugs"] = ", ".join(summary["sensocan"]["sensors"])
        typer.echo(_STORY.format(db=service.db, **summary))
