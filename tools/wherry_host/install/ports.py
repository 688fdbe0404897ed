"""Serial ports: what keeps one from being used, said before anything else is tried."""

import os
import stat

import serial
from serial.tools.list_ports import comports


def port_fault(port):
    """Return why a port cannot be used and what helps, or None; URLs such as socket:// pass."""
    if "://" in port:
        try:
            serial.serial_for_url(port, do_not_open=True)
        except ValueError as error:
            return f"{port} is no serial port ({error}); give one such as /dev/ttyUSB0"
        return None
    if not os.path.exists(port):
        ports = ", ".join(sorted(entry.device for entry in comports())) or "none"
        named = port or "without a name"
        return f"there is no port {named}; ports here: {ports}; check the cable"
    if not stat.S_ISCHR(os.stat(port).st_mode):
        return f"{port} is no serial port; give one such as /dev/ttyUSB0"
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
        return f"{port} is no serial port; give one such as /dev/ttyUSB0"
    return f"{port} is busy: close the terminal, the other deploy or the IDE that holds it"
