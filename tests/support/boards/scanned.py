"""A radio's surroundings: access points and a modem."""

from wherry_host.config import boards

MODEM_UART = boards.load("virtual")["buses"]["modem"]
POINTS = [
    ("harbor-wifi", "3c:37:86:00:00:01", 6, -61),
    ("quay", "3c:37:86:00:00:02", 36, -50),
    ("private_nomap", "3c:37:86:00:00:03", 1, -40),
    ("phone", "02:37:86:00:00:04", 1, -41),
]


def modem(**options):
    """Return a board's devices: a modem alone."""
    return [{"kind": "modem", "wires": [MODEM_UART["tx"], MODEM_UART["rx"]], **options}]
