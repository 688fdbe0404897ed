"""The checked configuration of a slot: judged once after a deploy, then kept beside the data."""

import json
from binascii import crc32

import machine
from micropython import const
from wherry import VERSION, forget
from wherry.small_file import make_folder

_KEPT_PATH = "/data/settings"
# The CRC tells the configuration and version that were checked, and that the text is whole.
_HEAD = '{"crc": "%08x", "settings": '
_HEAD_SIZE = const(32)


def read(slot):
    """Return the checked settings of config.json.

    They are checked when the file is new; then the chip starts once more, for the checker and its
    names would stay in the heap. Raises ConfigError, whose text names every wrong key, or OSError
    where the file is missing.
    """
    with open(slot + "/config.json", "rb") as file:
        content = file.read()
    # A new version may judge the same file otherwise.
    crc = crc32(VERSION.encode(), crc32(content))
    kept = _kept(crc)
    if kept:
        return json.loads(kept)
    settings = _check(content)
    make_folder("/data")
    try:
        text = json.dumps(settings)
        with open(_KEPT_PATH, "w") as file:
            file.write(_HEAD % crc32(text.encode(), crc))
            file.write(text + "}")
    except OSError as error:
        print("settings not kept: flash:", error)
        return settings
    print("configuration is good")
    machine.deepsleep(1)
    return settings


def _kept(crc):
    """Return the JSON of the settings kept for a configuration, None if there are none."""
    try:
        with open(_KEPT_PATH, "rb") as file:
            content = file.read()
    except OSError:
        return None
    text = memoryview(content)[_HEAD_SIZE:-1]
    whole = content[:_HEAD_SIZE] == (_HEAD % crc32(text, crc)).encode()
    return str(text, "utf-8") if whole else None


def _check(content):
    from wherry import config

    mac = "".join(["%02x" % octet for octet in machine.unique_id()])
    settings = config.check(config.parsed(content), "esp32-" + mac[-6:])
    names = ("", "_parts", "_sensors", "_uplinks", "_values", "_words")
    parts = ["wherry.config" + name for name in names] + ["wherry.selection"]
    parts += ["wherry.uplinks.%s_options" % section["kind"] for section in settings["uplink"]]
    forget(*parts)
    return settings
