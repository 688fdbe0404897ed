"""Linux, macOS and Windows: what a port is called there, and what only Linux has.

A port of Windows is no file: a name such as COM3 says nothing to `os.stat` or `os.path.exists`.
`sys.platform` is asked at each call.
"""

import re
import sys

NEEDS_LINUX = "the virtual board needs Linux (on Windows: WSL)"
_WINDOWS_PORT = re.compile(r"(\\\\\.\\)?COM\d+", re.IGNORECASE)
_PORTS = {"win32": "COM3", "darwin": "/dev/cu.usbserial-0001"}


def is_linux():
    """Tell whether this computer can run a virtual board."""
    return sys.platform == "linux"


def is_windows():
    """Tell whether a port here is a name such as COM3."""
    return sys.platform == "win32"


def port_example():
    """Return the name of a serial port as this system has them."""
    return _PORTS.get(sys.platform, "/dev/ttyUSB0")


def names_port(place):
    """Tell whether a text can only be a serial port: a URL, COM3 or what lies in /dev."""
    if "://" in place:
        return True
    if is_windows():
        return _WINDOWS_PORT.fullmatch(place) is not None
    return place.startswith("/dev/")


def use_utf8():
    """Print UTF-8 on Windows, into a file or a pipe too: its code pages lack characters."""
    if is_windows():
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="replace")
