"""`wherry fault`: switches the faults of a running server, through its admin address."""

import json
from typing import Annotated

import typer

_SWITCHES = ("sntp", "dns")
_TIMEOUT_S = 10


def fault(
    admin: Annotated[str, typer.Argument(help="The admin address that `wherry server` prints.")],
    kind: Annotated[
        str | None,
        typer.Argument(
            help="status, poison, short, lose, drop, cut, stall, dribble, garbage, "
            "refuse or silence; or sntp or dns for their switches."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Argument(help="What it takes, such as status=429 times=3.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Switch all faults off first.")] = False,
):
    """Switch a fault of a running server on; without a kind, list those that are on."""
    # Other commands do without what this one loads.
    import httpx

    try:
        with httpx.Client(timeout=_TIMEOUT_S) as client:
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
        # Another server than ours may answer, with anything.
        text = str(error).partition("\n")[0]
        _fail(f"no admin API at {admin}: {text}; give the address that `wherry server` prints")


def _values(settings):
    """Return {name: value} of name=value texts; a value is JSON, or else a text."""
    values = {}
    for setting in settings or ():
        name, equals, text = setting.partition("=")
        if not equals:
            _fail(f"{setting}: write it as name=value, such as status=429")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values


def _ask(client, method, url, body=None):
    answer = client.request(method, url, json=body)
    if answer.status_code == 422:
        details = answer.json()["detail"]
        told = "; ".join(f"{(*each['loc'], 'fault')[1]}: {each['msg']}" for each in details)
        _fail(told)
    answer.raise_for_status()
    told = answer.json()
    if method == "GET" and not (isinstance(told, dict) and "sntp_switches" in told):
        raise ValueError("another server answers")
    return told


def _show(summary):
    from .dns import DnsSwitches
    from .faults import Fault
    from .sntp import SntpSwitches

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


def _fail(text):
    typer.echo(f"fault: {text}", err=True)
    raise typer.Exit(1)
