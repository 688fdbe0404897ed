"""`wherry queue` on a folder."""

import json

from typer.testing import CliRunner
from wherry_host.cli.commands import app


def wherry(*words):
    """Run a command and return (exit code, output, standard error)."""
    result = CliRunner().invoke(app, ["queue", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def dumped(place):
    """Return the rows of the JSON dump, with the values as written."""
    code, text, reported = wherry("dump", place, "--json")
    assert (code, reported) == (0, ""), reported
    return json.loads(text, parse_float=str, parse_int=str)
