"""Linux, macOS and Windows: the names of ports, and features that only Linux has.

A port on Windows is not a file: `os.stat` and `os.path.exists` do not know a name such as COM3.
`sys.platform` is read at each call.
"""

import re
import sys

NEEDS_LINUX = "the virtual board needs Linux (on Windows: WSL)"
_WINDOWS_PORT = re.compile(r"(\\\\\.\\)?COM\d+", re.IGNORECASE)
_PORTS = {"win32": "COM3", "darwin": "/dev/cu.usbserial-0001"}


def is_linux():
    """Return True if this computer can run a virtual board."""
    return sys.platform == "linux"


def is_windows():
    """Return True if ports have names such as COM3."""
    return sys.platform == "win32"


def port_example():
    """Return an example of a serial port's name on this system."""
    return _PORTS.get(sys.platform, "/dev/ttyUSB0")


def names_port(place):
    """Return True if a text can only be a serial port: a URL, COM3 or a path in /dev."""
    if "://" in place:
        return True
    if is_windows():
        return _WINDOWS_PORT.fullmatch(place) is not None
    return place.startswith("/dev/")


def use_utf8():
    """Print UTF-8 on Windows, also to a file or a pipe, because its code pages lack characters."""
    if is_windows():
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="replace")
