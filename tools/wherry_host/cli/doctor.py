"""`wherry doctor`: checks of a connected board, each with its outcome and a remedy."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from wherry_host.cli.check import sensor_port
from wherry_host.cli.errors import errors_for_people, stoppable
from wherry_host.cli.options import USUAL_CONFIG, Board, Config, Port, Secrets, load
from wherry_host.cli.progress import progress_bar

_WORDS = {True: "ok", False: "FAIL", None: "-"}
_CHECK_WIDTH, _WORD_WIDTH = 13, 6


def doctor(
    port: Port = None,
    config: Config = USUAL_CONFIG,
    board: Board = None,
    secrets: Secrets = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: a list of checks.")] = False,
):
    """Check a connected board: sensors, queue, Wi-Fi, names, time, certificate, server.

    The exit code is 1 if a check fails. The node is interrupted and restarted afterwards.
    """
    with errors_for_people(), stoppable() as asked:
        found = []
        for finding in _findings(port, config, board, secrets, asked):
            found.append(finding)
            if not as_json:
                _show(finding)
        if as_json:
            typer.echo(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
        else:
            _sum_up(found)
        if any(finding.is_right is False for finding in found):
            raise typer.Exit(1)


def _findings(port, config, board, secrets, asked):
    from wherry_host.install.doctor import network_findings, sensor_findings
    from wherry_host.install.doctor_port import DoctorPort
    from wherry_host.install.ports import chosen_port
    from wherry_host.owner.stored_findings import stored_findings

    def report(line):
        typer.echo(line, err=True)

    loaded = load(config, secrets, board)
    port = chosen_port(port, report)
    with progress_bar("copy") as progress:
        stored = stored_findings(port, progress, asked.check)
    yield from stored
    with sensor_port(port, loaded.board, asked, DoctorPort, report) as (target, name):
        loaded = loaded if loaded.board else load(config, secrets, name)
        yield from sensor_findings(target, loaded, name)
        target.link(loaded, name)
        yield from network_findings(target, loaded)


def _show(finding):
    word = _WORDS[finding.is_right]
    typer.echo(f"{word:{_WORD_WIDTH}}{finding.check:{_CHECK_WIDTH}}{finding.text}")
    if finding.remedy:
        remedy = finding.remedy[0].upper() + finding.remedy[1:]
        typer.echo(" " * (_WORD_WIDTH + _CHECK_WIDTH) + remedy.rstrip(".") + ".")


def _sum_up(found):
    outcomes = [finding.is_right for finding in found]
    passed, failed, skipped = map(outcomes.count, (True, False, None))
    typer.echo(f"{passed} passed, {failed} failed, {skipped} not made.")
