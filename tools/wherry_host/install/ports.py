"""Serial ports, and the faults that prevent their use, which are reported first."""

import os
import stat

import serial
from serial.tools.list_ports import comports

from wherry_host.errors import DeployError, NoPortError
from wherry_host.systems import is_linux, is_windows, names_port, port_example

# The USB vendors of ESP32 boards: Espressif, and the makers of UART bridges: Silicon Labs
# (CP210x), WCH (CH34x, CH910x), FTDI and Prolific.
_VENDORS = {0x303A, 0x10C4, 0x1A86, 0x0403, 0x067B}


def chosen_port(port, show=lambda line: None):
    """Return `port`, or else show and return the only USB port that may be a board's.

    Raises NoPortError if there is no such port, DeployError if there are several.
    """
    if port is not None:
        return port
    found = [entry for entry in comports() if entry.vid in _VENDORS]
    if not found:
        raise NoPortError(
            "no board at a USB port here: connect it by a cable that carries data, or name its "
            f"port; ports here: {_listed()}"
        )
    if found[1:]:
        several = ", ".join(sorted(f"{entry.device} ({entry.description})" for entry in found))
        raise DeployError(f"several ports may belong to the board: {several}; name one of them")
    show(f"Port: {found[0].device} ({found[0].description}).")
    return found[0].device


def _listed():
    return ", ".join(sorted(entry.device for entry in comports())) or "none"


def port_fault(port):
    """Return why a port cannot be used, with a remedy, or None; valid URLs pass."""
    if "://" in port:
        try:
            serial.serial_for_url(port, do_not_open=True)
        except ValueError as error:
            return f"{port} is not a serial port ({error}); give one such as {port_example()}"
        return None
    if is_windows() and not (_is_listed(port) or names_port(port)):
        return _not_a_port(port or '""')
    if is_absent(port):
        named = port or "without a name"
        return f"there is no port {named}; ports here: {_listed()}; check the cable"
    return None if is_windows() else _file_fault(port)


def _file_fault(port):
    """Return the fault of a port's device file, or None."""
    if not stat.S_ISCHR(os.stat(port).st_mode):
        return _not_a_port(port)
    if not os.access(port, os.R_OK | os.W_OK):
        remedy = "add yourself to the group dialout" if is_linux() else "check who owns it"
        return f"{port} cannot be opened: {remedy}"
    return None


def _not_a_port(port):
    return f"{port} is not a serial port; give one such as {port_example()}"


def is_absent(port):
    """Return True if a port is absent but may appear, as a USB port does at each wake."""
    if "://" in port:
        return False
    if is_windows():
        return names_port(port) and not _is_listed(port)
    return not os.path.exists(port)


def _is_listed(port):
    """Return True if pyserial lists a port; COM3, com3 and \\\\.\\COM3 are the same."""
    return _plain(port) in (_plain(entry.device) for entry in comports())


def _plain(port):
    return port.upper().removeprefix("\\\\.\\")


def open_fault(port):
    """Return why a port without a known fault could not be opened, with a remedy."""
    if "://" in port:
        return f"nothing answers at {port}: check the address, and that it is served"
    return _opening_fault(port) if is_windows() else _file_opening_fault(port)


def _opening_fault(port):
    """Return the reason why a port on Windows cannot be opened."""
    try:
        serial.Serial(port).close()
    except (serial.SerialException, OSError) as error:
        # pyserial includes the system error in its message.
        if "PermissionError" not in str(error):
            return f"{port} cannot be opened ({error}): check the cable"
    return _busy(port)


def _busy(port):
    return f"{port} is busy: close the terminal, the other deploy or the IDE that uses it"


def _file_opening_fault(port):
    """Return the reason why a port's device file cannot be opened."""
    try:
        descriptor = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        return f"{port} cannot be opened ({error.strerror}): check the cable"
    is_terminal = os.isatty(descriptor)
    os.close(descriptor)
    return _busy(port) if is_terminal else _not_a_port(port)
