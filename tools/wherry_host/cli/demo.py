"""`wherry demo`: the demo in a terminal or from a script.

With the page, the demo continues after its script until Ctrl-C, which ends the run; a
second Ctrl-C ends it immediately. The exit code is 0 if the account balances, 1 if it does not or
the run failed, 3 if this computer was too busy to know, and 130 after Ctrl-C without an account.
"""

import json as json_text
import random
import shlex
import sqlite3
import sys
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from textwrap import fill
from typing import Annotated

import typer

from wherry_host.cli.errors import fail, system_text
from wherry_host.cli.network import firewall, page_code
from wherry_host.cli.options import (
    USUAL_HOST,
    ApiPort,
    Db,
    Host,
    PagePort,
    Scale,
    VirtualName,
    place,
)
from wherry_host.server.dialects import names
from wherry_host.stopping import Stopped, stop_signals

_PROBLEMS_MAX = 20
# The exit code if this computer was too busy to know.
_NOT_PROVEN = 3
_SEED_MAX = 1_000_000
_SECONDS_MAX = 86_400
# The width of a terminal line.
_WIDTH = 80
_USUAL = ["harbor"]

Dialect = StrEnum("Dialect", names())


def demo(
    seconds: Annotated[
        float, typer.Option(min=1, max=_SECONDS_MAX, help="Length of the script, wall time.")
    ] = 60,
    seed: Annotated[int | None, typer.Option(help="Repeats the script of an earlier run.")] = None,
    scale: Scale = 1,
    db: Db = None,
    board: VirtualName = "virtual",
    uplinks: Annotated[
        list[Dialect] | None,
        typer.Option(
            "--uplink",
            metavar="NAME",
            help=f"A dialect to speak to the server: {', '.join(names())}. Several may be given.",
        ),
    ] = None,
    sensors: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="Drivers with commas between; `wherry sensors` lists them."
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the account, as a last line.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")] = False,
    page: Annotated[
        bool | None,
        typer.Option(help="Serve the live page until Ctrl-C (default in a terminal)."),
    ] = None,
    host: Host = USUAL_HOST,
    port: ApiPort = None,
    page_port: PagePort = None,
):
    """Run a node through an outage and a power cut, and account for every reading."""
    seed = random.randrange(_SEED_MAX) if seed is None else seed
    page = sys.stdout.isatty() and not quiet if page is None else page
    uplinks = uplinks or _USUAL
    with stop_signals() as asked:
        from wherry.config.check import ConfigError

        from wherry_host.demo.demo import Demo
        from wherry_host.errors import ToolError
        from wherry_host.page.serve import Page

        if not quiet:
            typer.echo(f"A node's life in {seconds:g} s at speed {scale:g}, seed {seed}")
        try:
            drivers = [name.strip() for name in sensors.split(",")] if sensors else None
            server = {"page": Page if page else None, **place(host, port, page_port)}
            options = asked, db, server, board, uplinks, drivers
            with Demo(seconds, seed, scale, _reporter(quiet, page), *options) as run:
                if quiet and page:
                    typer.echo(f"page: {run.service.page_url}", err=True)
                elif page and run.service.addresses:
                    typer.echo(page_code(run.service) + "\n" + firewall(run.service))
                result = _live(run, asked) if page else _play(run)
        except (Stopped, ToolError, ConfigError, OSError, sqlite3.Error) as error:
            # Ctrl-C also reaches the compilers, which then fail with their own errors.
            if asked:
                typer.echo("demo: stopped; temporary files removed", err=True)
                raise typer.Exit(130) from None
            fail(system_text(error))
    _report(result, run.console)
    if not result.account.balances:
        _complain(result, seconds, seed, scale, board, uplinks, sensors)
    for text in result.account.not_proven[:_PROBLEMS_MAX]:
        typer.echo(fill(f"not proven: {text}", subsequent_indent="  ", width=_WIDTH), err=True)
    if json:
        typer.echo(json_text.dumps(_as_dict(result, seconds, seed, scale)))
    if not result.account.is_proven:
        raise typer.Exit(1 if result.account.problems else _NOT_PROVEN)


def _reporter(quiet, page):
    """Return a function of the clock that creates the story, turn by turn if it is watched."""
    from wherry_host.demo.live_story import TurnStory
    from wherry_host.demo.story import Story

    watched = page or sys.stdout.isatty()
    return lambda clock: (TurnStory if watched else Story)(clock, quiet)


def _play(run):
    """Play the script to its end and return the Result."""
    run.deploy()
    run.play()
    return run.finish()


def _live(run, asked):
    """Play the script, print its account, run on until Ctrl-C; return the Result of everything."""
    from wherry_host.demo.watch import TakenOver

    run.deploy()
    try:
        run.play()
        result = run.finish()
        if asked:
            return result
        _report(result, run.console)
        run.console.print()
        run.go_on()
    except TakenOver:
        run.go_on()
    except Stopped:
        if asked.count > 1:
            raise
    return run.finish()


def _report(result, console):
    from wherry_host.account.account_text import print_account

    account = result.account
    uplinks = {label: asdict(counts) for label, counts in account.uplinks.items()}
    print_account(asdict(account.counts), console, uplinks)
    report = partial(console.print, markup=False)
    if result.first_point_s is not None:
        report(f"The first point was stored {result.first_point_s:.1f} s after the start.")
    if account.unread:
        report(f"{account.unread} measurements could not be read from their sensor.")
    error_ms = account.worst_stamp_error_ms
    report(f"No stamp is further than {error_ms:.1f} ms from the measurement.")
    if account.forgiven_count:
        count = account.forgiven_count
        report(f"This computer paused {count} times; the timestamps there may be off.")
    if account.is_proven:
        twice = account.counts.duplicates
        end = f"{twice} twice, because their answers were lost" if twice else "nothing twice"
        report(f"The account balances against the database: nothing lost, {end}.")


def _complain(result, seconds, seed, scale, board, uplinks, sensors):
    account = result.account
    typer.echo("The account does not balance:", err=True)
    for problem in account.problems[:_PROBLEMS_MAX]:
        typer.echo(f"  {problem}", err=True)
    more = len(account.problems) - _PROBLEMS_MAX
    if more > 0:
        typer.echo(f"  and {more} more", err=True)
    if result.taken:
        return
    options = ["--seed", str(seed), "--seconds", f"{seconds:g}", "--scale", f"{scale:g}"]
    options += ["--board", board]
    if uplinks != _USUAL:
        options += [word for uplink in uplinks for word in ("--uplink", uplink)]
    options += ["--sensors", sensors] if sensors else []
    typer.echo(f"Replay it with: wherry demo {shlex.join(options)}", err=True)


def _as_dict(result, seconds, seed, scale):
    first_s = result.first_point_s
    return {
        **result.account.as_dict(),
        "unread": result.account.unread,
        "not_proven": len(result.account.not_proven),
        "first_point_s": None if first_s is None else round(first_s, 3),
        "seed": seed,
        "seconds": seconds,
        "scale": scale,
    }
