"""Serial ports: what keeps one from being used, said before anything else is tried."""

import os
import stat

import serial
from serial.tools.list_ports import comports

from wherry_host.errors import DeployError

# USB vendors of ESP32 boards: Espressif, and the makers of the bridges to a UART that they have:
# Silicon Labs (CP210x), WCH (CH34x, CH910x), FTDI, Prolific.
_VENDORS = {0x303A, 0x10C4, 0x1A86, 0x0403, 0x067B}


def chosen_port(port, show=lambda line: None):
    """Return `port`, or without one the only USB port that may be a board's, and show it.

    Raises DeployError where there is none, or more than one.
    """
    if port is not None:
        return port
    found = [entry for entry in comports() if entry.vid in _VENDORS]
    if not found:
        raise DeployError(
            "no board at a USB port here: connect it by a cable that carries data, or name its "
            f"port; ports here: {_listed()}"
        )
    if found[1:]:
        several = ", ".join(sorted(f"{entry.device} ({entry.description})" for entry in found))
        raise DeployError(f"several ports may be the board's: {several}; name one of them")
    show(f"Port: {found[0].device} ({found[0].description}).")
    return found[0].device


def _listed():
    return ", ".join(sorted(entry.device for entry in comports())) or "none"


def port_fault(port):
    """Return why a port cannot be used and what helps, or None; URLs such as socket:// pass."""
    if "://" in port:
        try:
            serial.serial_for_url(port, do_not_open=True)
        except ValueError as error:
            return f"{port} is not a serial port ({error}); give one such as /dev/ttyUSB0"
        return None
    if not os.path.exists(port):
        named = port or "without a name"
        return f"there is no port {named}; ports here: {_listed()}; check the cable"
    if not stat.S_ISCHR(os.stat(port).st_mode):
        return f"{port} is not a serial port; give one such as /dev/ttyUSB0"
    if not os.access(port, os.R_OK | os.W_OK):
        return f"{port} may not be opened: add yourself to the group dialout"
    return None


def open_fault(port):
    """Return why a port that nothing was wrong with could not be opened, and what helps."""
    if "://" in port:
        return f"nothing answers at {port}: check the address, and that it is served"
    try:
        descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        return f"{port} cannot be opened ({error.strerror}): check the cable"
    is_terminal = os.isatty(descriptor)
    os.close(descriptor)
    if not is_terminal:
        return f"{port} is not a serial port; give one such as /dev/ttyUSB0"
    return f"{port} is busy: close the terminal, the other deploy or the IDE that holds it"
