"""Error messages for a configuration: what was seen, and what to write instead.

Loaded only after an error. No message contains a secret, or a character that a terminal would
interpret.
"""

from micropython import const

from wherry.config.values import PIN_MAX, SIZES, TIMES, is_placeholder, typed
from wherry.text import is_plain

_SHOWN_MAX = const(80)
_WORD_MAX = const(40)
_SECRETS = ("secret", "secrets", "password")
# Kinds that accept any text: a secret put there by mistake is recognised only in other kinds.
_FREE = ("text", "ssid", "files")
_ADDRESSES = ("ipv4", "interface")
_KEY_MIN = const(10)
_IN_KEYS = "_-+/=.~"

_REMEDIES = {
    "text": "give a text in quotes, %d to %d bytes of UTF-8 without control codes",
    "name": 'give 1 to %d letters, digits or any of "%s"',
    "count": "give a whole number without quotes, %d to %d",
    "decimal": "give a number without quotes, %d to %d",
    "bus": 'give the name of a bus, such as "%s"',
    "secret": "give the key as its dashboard shows it: a text without spaces",
    "channels": 'give "all", "sensors", or a list of channels such as ["temperature"]',
    "ssid": "give the network's name in quotes, 1 to 32 bytes",
    "password": "give 8 to 63 bytes or 64 hex digits in quotes; open networks have none",
    "pin": "give a pin's number, 0 to %d" % PIN_MAX,
    "bool": "give true or false, without quotes",
    "url": "give the full address, such as https://harborscale.com/api/v2/ingest/123",
    "files": 'give "auto", a file of certificates, or a list of up to 16 files',
    "hosts": 'give a list of 1 to 4 different host names, such as ["pool.ntp.org"], without ://',
    "keys": 'give a list of 1 to 16 names, such as ["led"]',
    "rom": 'give its 16 hex digits, such as "28ff641e821604d3"',
    "points": "give two pairs [measured, true], such as [[2.3, 0], [1.1, 100]]",
    "ipv4": 'give four numbers up to 255 in quotes, such as "192.168.1.1"',
    "interface": 'give an address and its network\'s bits, such as "192.168.1.50/24"',
    "windows": 'give a list of 1 to 8 texts such as "22:00-06:00 30min/6h"',
    "names": 'give a table, such as { temperature = "outdoor" }',
}
# The keys of each section, to find where a misplaced key belongs.
_HOMES = (
    (
        "[node]",
        "name board sample_every send_every stamps queue_coding queue_size_max durability"
        " stage_age_max report_every",
    ),
    ("[[wifi]]", "ssid password hidden lease_max ip gateway dns"),
    (
        "[[uplink]]",
        "kind label start hold_days channels endpoint api harbor_id tenant api_key mode ca"
        " allow_plain_http mode gzip api device_uuid token battery on_doubt device_id"
        " device_secret signing_url reported state_age_max wlan_scan bluetooth_scan gsm_scan"
        " shadow_payload shadow_sample_every_min shadow_send_every_min accept_wifi async",
    ),
    (
        "[[sensor]]",
        "driver bus uart address prefix name names rate_hz range_g unit decimals offset scale"
        " min max points median mean extremes pause every power_pin warm_up derive altitude_m"
        " pin rom model arguments ready_ms block_ms_max trigger echo air_c debounce at_once"
        " shunt_mohm inputs range_mv heater_c heater_ms alarm_above alarm_below alarm_hysteresis"
        " report_change report_at_once",
    ),
    ("[buses] of a board's file", "scl sda tx rx baud freq_hz"),
    ("[power]", "source empty_mv cadence chemistry curve windows utc_offset_min capacity_mah"),
    ("[time]", "sntp http_date error_max undated ds3231"),
    ("[alert]", "url"),
)


def remedy(option: tuple, value) -> str:
    """Return the remedy for a wrong value: what the option accepts."""
    kind = "secret" if option[0] == "secrets" else option[0]
    limits = option[2:]
    if is_placeholder(option, value):
        return "replace this placeholder with your own value"
    if kind == "duration":
        return _amount_remedy(limits, TIMES, "10 min")
    if kind == "size":
        return _amount_remedy(limits, SIZES, "600 KB")
    if kind == "int":
        return "give a whole number without quotes, %d to %d (0x%x to 0x%x)" % (limits + limits)
    if kind == "choice":
        form = "%d" if type(limits[0]) is int else '"%s"'
        return "give one of " + ", ".join([form % choice for choice in limits])
    if kind == "address":
        return "give one of " + ", ".join(["0x%x" % address for address in limits])
    if kind == "choices":
        return "give a list of any of " + ", ".join(['"%s"' % choice for choice in limits])
    text = _REMEDIES[kind]
    if kind == "bus":
        return text % (option[1] or "i2c0")
    return text % limits if kind in ("text", "name", "count", "decimal") else text


def _amount_remedy(limits, units, example):
    low, high = [amount_text(limit, units) for limit in limits]
    names = ", ".join([unit for unit, _ in units])
    text = 'give %s to %s as a whole number and its unit in quotes, such as "%s" (%s)'
    return text % (low, high, example, names)


def amount_text(amount: int, units=TIMES) -> str:
    """Return the amount in the largest unit that divides it, such as "10 min"."""
    whole = [(unit, factor) for unit, factor in units if amount % factor == 0]
    return "%d %s" % (amount // whole[0][1], whole[0][0])


def seen(key: str, given, known) -> str:
    """Describe the value of a known key in a table."""
    if key not in given:
        return "missing"
    kind = known[key][0]
    # A missing secret may be given here instead: `api` for `api_key`.
    lacking = [name for name in known if known[name][0] in _SECRETS and name not in given]
    return shown("secret" if kind == "choice" and lacking else kind, given[key])


def shown(kind: str, value) -> str:
    """Describe a value in one line, without secrets or the secret parts of an address."""
    if type(value) is str:
        if kind == "url":
            value = _open_part(value)
        # A string pasted instead of a file's name may be a private key.
        if kind in _SECRETS or "-----BEGIN" in value or _is_misplaced_key(kind, value):
            return "a text of %d characters" % len(value)
        return '"%s"' % one_line(value)
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is dict:
        return "a table"
    if type(value) is list:
        return "a list of %d" % len(value)
    if type(value) is int and not -(1 << 60) < value < 1 << 60:
        return "a number far too large"
    return "a number" if kind in _SECRETS else one_line(str(value))


def _open_part(url):
    """Return an address with its possibly secret parts replaced by dots."""
    start, scheme, rest = url.partition("://") if "://" in url else ("", "", url)
    # Replace the password first: it may have a "?" or "#" that should have been escaped.
    if "@" in rest:
        rest = "..." + rest[rest.rfind("@") :]
    rest = rest.split("?")[0].split("#")[0]
    if not scheme:
        return rest
    host, slash, path = rest.partition("/")
    parts = [host if "." in host else _dotted(host)]
    parts += [_dotted(part) for part in path.split("/")] if slash else []
    return start + scheme + "/".join(parts)


def _dotted(part):
    return "..." if _may_be_key(part) else part


def _is_misplaced_key(kind, text):
    if kind == "url":
        host = text.split("/")[0]
        is_address = "://" in text or ("." in host and host == host.lower())
        return not is_address and _may_be_key(text)
    if kind in _ADDRESSES and "." in text and all(c in "0123456789./" for c in text):
        return False
    return kind not in _FREE and _may_be_key(text)


def _may_be_key(text):
    """Return whether a string is long, without spaces, and has digits or letters of both cases."""
    small = [c for c in text if "a" <= c <= "z"]
    large = [c for c in text if "A" <= c <= "Z"]
    digits = [c for c in text if "0" <= c <= "9"]
    others = [c for c in text if c in _IN_KEYS]
    count = len(small) + len(large) + len(digits) + len(others)
    return len(text) >= _KEY_MIN and count == len(text) and bool(digits or (small and large))


def shape(value) -> str:
    """Return the form of a misplaced value, without its content, which may be a secret."""
    if type(value) is dict:
        return "a single table"
    return "a list" if type(value) is list else "a plain value"


def one_line(text: str) -> str:
    """Return the start of a string as one line that is safe to print."""
    if len(text) > _SHOWN_MAX:
        text = text[:_SHOWN_MAX] + "..."
    return "".join([c if is_plain(c) else "?" for c in text])


def unknown_section(section: str, given, known) -> tuple:
    """Return the error of an unknown section, or of a key outside all sections."""
    if type(given) in (dict, list):
        return "[%s]" % one_line(section), "unknown section", nearest(section, known)
    remedy = _home(section) or nearest(section, known)
    return one_line(section) or '""', "a key outside of any section", remedy


def unknown_key(place: str, key: str, table) -> tuple:
    """Return the error of a key that its section does not have."""
    remedy = nearest(key, table)
    home = _home(key)
    # If the key is already in that section, it belongs to another kind or driver.
    if home and home.split()[-1] not in place:
        remedy = home
    return place + ": " + (one_line(key) or '""'), "unknown key", remedy


def unknown_part(place: str, key: str, given, option: tuple, known) -> tuple:
    """Return the error of a driver or kind that is missing, unknown or not a name."""
    value = given.get(key)
    seen = shown(option[0], value) if key in given else "missing"
    is_name = typed(option, value) is not None
    if is_name:
        gap = ": " if seen[:6] == "a text" else " "
        seen = "unknown " + ("uplink" if key == "kind" else key) + gap + seen
    if known and not is_placeholder(option, value):
        words = nearest(value if type(value) is str else "", known)
    else:
        words = "correct it" if is_name else remedy(option, value)
    return place + ": " + key, seen, words


def _home(key):
    """Return where a misplaced key belongs, or None."""
    for place in _HOMES:
        if key in place[1].split():
            return "move it below " + place[0]
    return None


def nearest(word: str, words) -> str:
    """Return the remedy for an unknown word: the closest known one, or all of them."""
    found = closest(word, words)
    if found:
        return 'did you mean "%s"?' % found
    return "known here: " + ", ".join(sorted(words))


def closest(word: str, words):
    """Return the known word that is closest to an unknown word, or None if none is close."""
    best = len(word) // 3 + 2
    found = None
    for known in sorted(words):
        distance = _distance(word[:_WORD_MAX].lower(), known)
        if known.startswith(word) and len(word) > 2:
            distance = 1
        if distance < best:
            best = distance
            found = known
    return found


def _distance(a, b):
    """Count the single-letter changes between two words (Wagner and Fischer, 1974)."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a):
        before = row[0]
        row[0] = i + 1
        for j, right in enumerate(b):
            above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, before + (left != right))
            before = above
    return row[-1]
