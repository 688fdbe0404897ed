"""`wherry fault`: switch the faults of a running server through its admin address."""

import json
import re
from pathlib import Path
from typing import Annotated, get_args

import typer

from wherry_host.cli.errors import fail
from wherry_host.value_faults import fault_text

_SWITCHES = ("sntp", "dns")
_TIMEOUT_S = 10
_TOKEN = re.compile(r"[\w-]{1,200}", re.ASCII)
_FILE_REMEDY = "give the file that `wherry server` prints"
_TOKEN_REMEDY = (
    "run this as the user that started `wherry server`, with the same TMPDIR, or give --token-file"
)


def fault(
    admin: Annotated[str, typer.Argument(help="The admin address that `wherry server` prints.")],
    kind: Annotated[
        str | None,
        typer.Argument(
            help="status, page, poison, short, lose, drop, cut, stall, dribble, garbage, "
            "refuse or silence; or sntp or dns for their switches."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Argument(help="Settings of the fault, such as status=429 times=3.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Switch all faults off first.")] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File of the admin token; by default it is searched."),
    ] = None,
):
    """Turn on a fault in a running server.

    Without a kind, list the active faults.
    """
    # Imported here because other commands do not need it.
    import httpx

    _check_kind(kind)
    try:
        headers = _credentials(httpx.URL(admin), token_file)
        # A proxy from the environment would see the token.
        with httpx.Client(timeout=_TIMEOUT_S, headers=headers, trust_env=False) as client:
            if clear:
                _ask(client, "DELETE", admin + "/faults")
                for name in _SWITCHES:
                    _ask(client, "PUT", f"{admin}/{name}", {})
            if kind in _SWITCHES:
                _ask(client, "PUT", f"{admin}/{kind}", _values(settings))
            elif kind is not None:
                _ask(client, "POST", admin + "/faults", {"kind": kind, **_values(settings)})
            _show(_ask(client, "GET", admin))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # Another program's server may answer, with any content.
        text = str(error).partition("\n")[0].rstrip(".")
        fail(f"no admin API at {admin}: {text}; give the address that `wherry server` prints")


def _check_kind(kind):
    from wherry_host.server.faults import RequestKind, WireKind

    known = [*get_args(RequestKind), *get_args(WireKind), *_SWITCHES]
    if kind is not None and kind not in known:
        fail(f"kind: {kind} is not one of {', '.join(known)}")


def _credentials(url, token_file):
    """Return the headers for an admin address, without a token if none is known."""
    from wherry_host.server.admin_token import find_token

    if token_file is None:
        token = find_token(url.host, url.port)
    else:
        token = _read_token(token_file)
    return {"Authorization": f"Bearer {token}"} if token else {}


def _read_token(path):
    try:
        token = path.read_text("utf-8", "replace").strip()
    except OSError as error:
        fail(f"{path}: {error.strerror}; {_FILE_REMEDY}")
    # The token is sent in a header, and another file may hold a secret that no server must see.
    if not _TOKEN.fullmatch(token):
        fail(f"{path}: holds no token; {_FILE_REMEDY}")
    return token


def _values(settings):
    """Return {name: value} for name=value strings; a value is JSON, or else a string."""
    values = {}
    for setting in settings or ():
        name, equals, text = setting.partition("=")
        if not equals:
            fail(f"{setting}: write it as name=value, such as status=429")
        try:
            values[name] = json.loads(text, parse_constant=str)
        except ValueError:
            values[name] = text
    return values


def _ask(client, method, url, body=None):
    answer = client.request(method, url, json=body)
    if answer.status_code == 422:
        fail("\n".join(_reported(each, body) for each in answer.json()["detail"]))
    if answer.status_code == 401:
        fail(f"{url}: the token is missing or wrong; {_TOKEN_REMEDY}")
    answer.raise_for_status()
    reported = answer.json()
    if method == "GET" and not (isinstance(reported, dict) and "sntp_switches" in reported):
        raise ValueError("another server answers")
    return reported


def _reported(fault, settings):
    """Return the message of an error that the server found in a setting, with its name."""
    name = (*fault["loc"], None)[1]
    text = fault_text(fault["type"], fault["msg"], settings.get(name))
    return f"{name}: {text}" if name else text


def _show(summary):
    from wherry_host.server.dns import DnsSwitches
    from wherry_host.server.faults import Fault
    from wherry_host.server.sntp import SntpSwitches

    plain_fault = Fault(kind="status")
    lines = [(each["kind"], each, plain_fault) for each in summary["faults"]]
    lines += [("sntp", summary["sntp_switches"], SntpSwitches())]
    lines += [("dns", summary["dns_switches"], DnsSwitches())]
    shown = [(name, _changed(values, plain.model_dump())) for name, values, plain in lines]
    for name, changed in shown:
        if changed or name not in _SWITCHES:
            typer.echo(" ".join([name, *(f"{key}={value}" for key, value in changed.items())]))
    if not any(changed or name not in _SWITCHES for name, changed in shown):
        typer.echo("no fault is on")


def _changed(values, plain):
    return {key: value for key, value in values.items() if key != "kind" and value != plain[key]}
