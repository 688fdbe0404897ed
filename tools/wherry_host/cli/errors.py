"""The errors of the program: plain lines on standard error, in one style.

The first line reads "wherry: error: TEXT"; more lines of the same error follow. The faults of a
configuration or a board's file have no such prefix, because each names its place. The exit code is
2 for arguments that the parser rejects, and 1 for errors of the command.
"""

import re
from contextlib import contextmanager
from difflib import get_close_matches

import typer
from typer.core import TyperCommand, TyperGroup
from wherry.config.check import ConfigError

from wherry_host.errors import BoardError, ToolError
from wherry_host.stopping import Stopped, stop_signals
from wherry_host.value_faults import fault_text

# Typer may include its own click or use the installed one; this class is in both.
_UsageError = typer.BadParameter.__base__
_USAGE = 2
_SENTENCE_MAX = 200
# (click's text, our text)
_USAGE_WORDS = (
    (r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"unexpected argument: \1"),
    (r"Option '(\S+)' requires an argument", r"\1: give a value"),
    (r"Option '(\S+)' does not take a value", r"\1: takes no value"),
)


def error_text(error):
    """Return the lines of an exception, or of a message, for standard error."""
    text = str(error).strip()
    if isinstance(error, ConfigError) or (isinstance(error, BoardError) and "\n" in text):
        return text
    return f"wherry: error: {text}"


def show_error(error):
    """Print an exception, or a message, as an error."""
    typer.echo(error_text(error), err=True)


def fail(text, code=1):
    """Print an exception, or a message, as an error, and exit with this code."""
    show_error(text)
    raise typer.Exit(code) from None


def warn(text):
    """Print a warning."""
    typer.echo(f"wherry: warning: {text}", err=True)


@contextmanager
def errors_for_people():
    """Print the fault and its remedy instead of a traceback."""
    try:
        yield
    except (ConfigError, ToolError) as error:
        fail(error)


@contextmanager
def stoppable():
    """Yield an Asked; exit silently with code 130 if Ctrl-C ended the work or made it fail."""
    with stop_signals() as asked:
        try:
            yield asked
        except (Stopped, ConfigError, ToolError):
            # Ctrl-C also reaches the compilers, which then fail with their own errors.
            if not asked:
                raise
            raise typer.Exit(130) from None


def system_text(error):
    """Return the message of a system or SQLite error about a file, without the error number."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


class _InOneStyle:
    """A command or a group that prints usage errors in the common style."""

    def parse_args(self, ctx, args):
        with _usage_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx):
        with _usage_errors(ctx):
            return super().invoke(ctx)

    def collect_usage_pieces(self, ctx):
        """Return the words after the name; Typer would put the required ones in braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def get_short_help_str(self, limit=0):
        """Return the complete first sentence of the help, which may need two lines."""
        return super().get_short_help_str(max(limit, _SENTENCE_MAX))


class Command(_InOneStyle, TyperCommand):
    """A `wherry` command; its values are named in capitals, as in argparse."""

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        for param in self.params:
            choices = getattr(getattr(param, "type_descriptor", None), "is_choice", False)
            param.metavar = param.metavar or (None if choices else param.name.upper())

    def format_options(self, ctx, formatter):
        """Write the arguments and the options, without the names of Python's types."""
        for kind, title in (("argument", "Arguments"), ("option", "Options")):
            params = [each for each in self.get_params(ctx) if each.param_type_name == kind]
            records = [record for each in params if (record := each.get_help_record(ctx))]
            if records:
                with formatter.section(title):
                    formatter.write_dl([_plain_record(kind, *record) for record in records])


class Commands(_InOneStyle, TyperGroup):
    """A group of commands; without an argument it prints its help."""

    def main(self, args=None, prog_name=None, **extra):
        """Run the program, which has the same name however it was started."""
        return super().main(args, "wherry", **extra)

    def parse_args(self, ctx, args):
        if not args:
            typer.echo(ctx.get_help())
            raise typer.Exit(_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx, args):
        name = args[0]
        if self.get_command(ctx, name) is None:
            raise _UsageError(f"no such command {name}{_meant(name, self.commands)}", ctx)
        return super().resolve_command(ctx, args)


def _plain_record(kind, name, text):
    """Return the (name, text) of a parameter's help, with its limits in words."""
    name = name.partition(" <")[0] if kind == "argument" else name
    text = re.sub(r"(\S+)<=x<=([^];]+)", r"\1 to \2", text)
    return name, re.sub("x>=", "at least ", text)


@contextmanager
def _usage_errors(ctx):
    """Print the usage errors of this context's command in the common style."""
    try:
        yield
    except _UsageError as error:
        path = ctx.command_path
        fail(f"{_usage_text(error)}; see `{path} --help`", _USAGE)


def _usage_text(error):
    """Return the message of a usage error, without its command."""
    text = error.message.rstrip(".")
    if isinstance(error, typer.BadParameter):
        return f"{_place(error)}{_value_text(error, text)}" if text else _missing_text(error)
    option = getattr(error, "option_name", "")
    if hasattr(error, "possibilities"):
        return f"no such option {option}{_meant(option, error.possibilities or ())}"
    for pattern, words in _USAGE_WORDS:
        text = re.sub(pattern, words, text)
    return text[:1].lower() + text[1:]


def _place(error):
    hint = error.param_hint or (error.param and _param_name(error.param))
    return f"{hint}: " if hint else ""


def _param_name(param):
    return param.opts[-1] if param.param_type_name == "option" else param.metavar or param.name


def _missing_text(error):
    return f"missing {error.param.param_type_name} {_param_name(error.param)}"


def _value_text(error, text):
    """Return a message for an invalid value; the error's cause has the type of the fault."""
    faults = getattr(error.__cause__, "errors", list)()
    if not faults:
        return text
    return fault_text(faults[0]["type"], text, faults[0]["input"]).replace("'", "")


def _meant(name, known):
    """Return a question that names the nearest known names, or an empty string."""
    near = get_close_matches(name, known)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
