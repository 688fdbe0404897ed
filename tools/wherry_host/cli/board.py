"""`wherry board`: a virtual ESP32 in the foreground, on a serial port that mpremote can open."""

import json
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wherry_host.cli.errors import errors_for_people, fail
from wherry_host.cli.options import Scale, VirtualName
from wherry_host.clock import VirtualClock
from wherry_host.config.boards import VIRTUAL, virtual_flash
from wherry_host.errors import BoardError, ToolError
from wherry_host.private import make_folder
from wherry_host.stopping import SIGNALS
from wherry_host.temporary import TemporaryFolder
from wherry_host.virtual.board import VirtualBoard
from wherry_host.virtual.options import ACCESS_POINT

_LOOK_AFTER_S = 0.5


def board(
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="FOLDER", help="Keep flash and RTC memory in this folder."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The node's TOML file; without it the board is blank."),
    ] = None,
    scale: Scale = 1.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the port, in one line.")
    ] = False,
    dns: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Name server on loopback.")
    ] = None,
    sntp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Time server on loopback.")
    ] = None,
    slow_flash: Annotated[
        bool, typer.Option("--slow-flash", help="Make the flash as slow as a chip's.")
    ] = False,
    paced_serial: Annotated[
        bool, typer.Option("--paced-serial", help="Let the port be as slow as 115,200 baud.")
    ] = False,
    flash_meter: Annotated[
        bool, typer.Option("--flash-meter", help="Print what each wake did to the flash.")
    ] = False,
    name: VirtualName = VIRTUAL,
):
    """Run a virtual ESP32 until Ctrl-C.

    Every host name resolves to this computer.
    """
    # Imported here because other commands do not need it.
    from wherry_host.virtual.nearby import Nearby

    # Signals are blocked and handled one by one, so that none is lost between the board's start
    # and its stop.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    with _folder(folder) as place:
        try:
            clock = VirtualClock.create(place / "clock", scale)
            made = VirtualBoard(
                place,
                clock.path,
                **virtual_flash(name),
                slow_flash=slow_flash,
                paced_serial=paced_serial,
                flash_meter=flash_meter,
            )
        except OSError as error:
            raise _folder_fault(place, error) from None
        except BoardError as error:
            raise typer.BadParameter(str(error), param_hint="--board") from None
        if config:
            _set_up(made, config, name)
        with Nearby(clock) as nearby:
            made.options.ports = {**nearby.ports, **_mapped(dns, sntp)}
            try:
                with made:
                    port = {"port": made.port}
                    typer.echo(json.dumps(port) if as_json else f"mpremote connect {made.port}")
                    while made.alive and signal.sigtimedwait(SIGNALS, _LOOK_AFTER_S) is None:
                        pass
            except ToolError as error:
                fail(error)


def _mapped(dns, sntp):
    """Return {port name: port} for servers given as host:port; the host is this computer."""
    ports = {}
    for named, option, place in ((53, "--dns", dns), (123, "--sntp", sntp)):
        if place is not None:
            number = place.rpartition(":")[2]
            if not number.isdigit() or not 0 < int(number) < 65536:
                raise typer.BadParameter(f"{place}; give 127.0.0.1:PORT", param_hint=option)
            ports[named] = int(number)
    return ports


def _folder_fault(folder, error):
    """Return the usage error for a folder that cannot be used."""
    text = f"{folder}: {error.strerror}; name a new folder"
    return typer.BadParameter(text, param_hint="--dir")


@contextmanager
def _folder(folder):
    """Yield the requested directory, or a temporary one that is removed with the board."""
    if folder:
        try:
            make_folder(folder)
        except OSError as error:
            raise _folder_fault(folder, error) from None
        yield folder
        return
    with TemporaryFolder("board") as made:
        yield made


def _set_up(made, config, name):
    """Deploy to the board's image as to a connected board; its networks become access points."""
    from wherry_host.config import config_file
    from wherry_host.install.deploy import plan, to_image

    with errors_for_people():
        loaded = config_file.load(config, board=name)
        to_image(plan(loaded, name), made.flash, made.options.mac)
    made.options.access_points = [
        {**ACCESS_POINT, "bssid": f"02:00:00:00:00:{i + 1:02x}", **_network(network)}
        for i, network in enumerate(loaded.typed["wifi"])
    ]


def _network(wifi):
    return {"ssid": wifi["ssid"], "password": wifi.get("password") or ""}
