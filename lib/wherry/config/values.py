"""The kinds of values in option tables: what each accepts and returns.

An option is a tuple (kind, default, *limits); a default of `...` means that the key is required. A
kind is a function (value, *limits) that returns the typed value, or None for a wrong value. Values
are checked alike on every interpreter: letters, digits and spaces are ASCII only. The error
messages for wrong values are in messages.py.
"""

from micropython import const

from wherry.net.dns import is_address
from wherry.text import is_text

PIN_MAX = const(54)
_URL_MAX = const(300)
_SECRET_MAX = const(200)
_NUMBER_MAX = const(1000000000)

TIMES = (("d", 86400000), ("h", 3600000), ("min", 60000), ("s", 1000), ("ms", 1))
SIZES = (("MB", 1048576), ("KB", 1024), ("B", 1))
# Placeholders for the user's own value on the vendors' pages, in lower case.
_PLACEHOLDERS = ("customname", "harbor_id", "changeme", "device_access_token", "device_uuid")
_WIFI_PLACEHOLDERS = ("yourssid", "yournetwork", "yourpassword", "changeme")


def typed(option: tuple, value):
    """Return `value` in the type of `option`, or None if the value is wrong."""
    if is_placeholder(option, value):
        return None
    return _KINDS[option[0]](value, *option[2:])


def is_placeholder(option: tuple, value) -> bool:
    """Return whether the value, or a part of an address, is still a placeholder."""
    if type(value) is list and option[0] in ("secrets", "keys", "channels"):
        return any(is_placeholder(option, each) for each in value)
    if type(value) is not str:
        return False
    if option[0] in ("ssid", "password"):
        # A network may be called "Your Home"; YOUR_SSID is from an example.
        bare = value.lower().strip("[]{}<>")
        return (
            bare in _WIFI_PLACEHOLDERS
            or bare[:5] in ("your_", "your-")
            or (bare[:5] == "your " and len(bare) < len(value))
        )
    if value[:1] == "<" and value[-1:] == ">":
        return True
    parts = value.lower().replace("/", ".").split(".")
    parts = [part.strip("[]{}<>") for part in parts]
    return any(part in _PLACEHOLDERS or part[:5] in ("your_", "your ", "your-") for part in parts)


def _made_of(value, size_max, extra):
    """Return whether a value has 1 to `size_max` ASCII letters, digits or extra characters."""
    return is_text(value, 1, size_max) and all(
        "a" <= c <= "z" or "A" <= c <= "Z" or "0" <= c <= "9" or c in extra for c in value
    )


def _amount(value, low, high, units):
    if type(value) is str:
        count = 0
        while count < len(value) and "0" <= value[count] <= "9":
            count += 1
        for unit, factor in units:
            if 0 < count <= 10 and value[count:].strip(" ") == unit:
                amount = int(value[:count]) * factor
                return amount if low <= amount <= high else None
    return None


def _duration(value, low, high):
    return _amount(value, low, high, TIMES)


def _size(value, low, high):
    return _amount(value, low, high, SIZES)


def _text(value, low, high):
    return value if is_text(value, low, high) else None


def _name(value, size_max=20, extra="_"):
    """Return a name, which may be part of an address or file name; a number becomes a string."""
    if type(value) is int and 0 <= value <= _NUMBER_MAX:
        return str(value)
    return value if _made_of(value, size_max, extra) and str(value)[0] not in extra else None


def _bus(value):
    """Return the name of a bus, never its number: `uart = 2` is not a name on any board."""
    return _name(value) if type(value) is str else None


def _secret(value):
    # The secret is sent in a header, so it must be ASCII without spaces.
    ok = is_text(value, 1, _SECRET_MAX) and all("!" <= c <= "~" for c in value)
    return value if ok else None


def _ssid(value):
    return value if is_text(value, 1, 32) else None


def _password(value):
    ok = value == "" or is_text(value, 8, 63)
    ok = ok or (is_text(value, 64, 64) and all(c in "0123456789abcdefABCDEF" for c in value))
    return value if ok else None


def _int(value, low=0, high=PIN_MAX):
    return value if type(value) is int and low <= value <= high else None


def _bool(value):
    return value if type(value) is bool else None


def _choice(value, *choices):
    return value if type(value) in (str, int) and value in choices else None


def _url(value):
    # A pasted address often ends in a space.
    value = value.strip(" ") if type(value) is str else ""
    return value if is_text(value, 1, _URL_MAX) and " " not in value else None


def _list(value, count_max, is_right):
    ok = type(value) is list and 0 < len(value) <= count_max and all(is_right(v) for v in value)
    return value if ok else None


def _files(value):
    names = [value] if type(value) is str else value
    return _list(names, 16, lambda name: is_text(name, 1, 200))


def _hosts(value):
    hosts = _list(value, 4, lambda host: _made_of(host, 100, ".-"))
    # A server cannot confirm itself.
    return hosts if hosts and len(set(hosts)) == len(hosts) else None


def _secrets(value):
    """Return a secret or a list of up to four: if a server refuses one, the next is tried."""
    if type(value) is list:
        return _list(value, 4, _secret)
    return _secret(value)


def _channels(value):
    return value if value in ("all", "sensors") else _list(value, 32, lambda v: is_text(v, 1, 100))


def _keys(value):
    return _list(value, 16, lambda key: _made_of(key, 40, "_-"))


def _choices(value, *choices):
    """Return a list of names; the caller checks the names, and reports wrong ones."""
    return _list(value, len(choices), lambda each: type(each) is str)


def _windows(value):
    return _list(value, 8, lambda each: is_text(each, 1, 60))


def _ipv4(value):
    """Return an IPv4 address as an integer."""
    # ASCII is checked first: int() does not accept other digits on every interpreter.
    if not (_made_of(value, 15, ".") and is_address(value)):
        return None
    return int.from_bytes(bytes([int(part) for part in value.split(".")]), "big")


def _interface(value):
    """Return [address, network bits] for a string such as "192.168.1.50/24"."""
    text, _, bits = value.partition("/") if type(value) is str else ("", "", "")
    address = _ipv4(text)
    is_number = _made_of(bits, 3, "") and bits.isdigit()
    return (
        [address, int(bits)]
        if address is not None and is_number and 8 <= int(bits) <= 30
        else None
    )


def _names(value):
    return value if type(value) is dict else None


def _each(value):
    """Return the value unchanged: a value for each channel, or for the only one; see adjust.py."""
    return value


def _rom(value):
    """Return the address of a chip on a 1-Wire bus: eight bytes as 16 hex digits."""
    is_right = type(value) is str and _made_of(value, 16, "") and len(value) == 16
    return value if is_right and all(c in "0123456789abcdefABCDEF" for c in value) else None


def _points(value, high):
    """Return two points [measured, true] as [measured, true, measured, true] in millionths."""
    is_right = type(value) is list and len(value) == 2
    if not is_right or not all(type(point) is list and len(point) == 2 for point in value):
        return None
    found = [_decimal(number, -high, high) for point in value for number in point]
    return None if None in found or found[0] == found[2] else found


def _decimal(value, low, high):
    """Return a number as an integer: its millionths, rounded."""
    is_number = type(value) in (int, float) and low <= value <= high
    return round(value * 1_000_000) if is_number else None


_KINDS = {
    "text": _text, "name": _name, "bus": _bus, "secret": _secret, "ssid": _ssid,
    "password": _password, "int": _int, "count": _int, "pin": _int, "bool": _bool,
    "choice": _choice, "address": _choice, "url": _url, "duration": _duration, "size": _size,
    "files": _files, "hosts": _hosts, "keys": _keys, "names": _names, "secrets": _secrets,
    "channels": _channels, "each": _each, "decimal": _decimal, "choices": _choices, "rom": _rom,
    "points": _points, "windows": _windows, "ipv4": _ipv4, "interface": _interface,
}  # fmt: skip
