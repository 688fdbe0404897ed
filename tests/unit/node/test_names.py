"""Names are bytes: names of any characters that the check accepts work everywhere."""

import random
import sys

from support.node.check import raises
from support.queue.folders import fresh
from wherry.config.check import ConfigError, check
from wherry.queue.queue import Queue
from wherry.text import cut, is_plain, size

SEED = 20261123
COUNT = 40 if sys.implementation.name == "micropython" else 200
# Characters of one, two, three and four bytes.
CHARACTERS = "aZ09 _-é߀Тж水€\U0001f331\U00010348"
WIFI = {"ssid": "garden", "password": "correct horse"}
UPLINK = {"kind": "harbor", "harbor_id": 7, "api_key": "key-1"}
ROW_COUNT = 300


def name_of(size_wanted):
    """Return a name of random characters with a given size in bytes."""
    name = ""
    while size(name) < size_wanted:
        c = random.choice(CHARACTERS)
        if size(name + c) <= size_wanted:
            name += c
    return name


def around(limit):
    """Return a size in bytes at, near or far from a limit."""
    return max(1, random.choice((limit, limit + 1, limit - 1, limit // 2, 1, 2 * limit)))


def config(**changes):
    """Return a plain configuration with some sections changed."""
    sections = {"sensor": [{"driver": "bme280"}], "wifi": [WIFI], "uplink": [UPLINK]}
    sections.update(changes)
    return sections


# (function that returns a configuration with a text, lower and upper limit of the text in bytes)
TEXTS = (
    (lambda text: config(node={"name": text}), 1, 100),
    (lambda text: config(wifi=[{"ssid": text}]), 1, 32),
    (lambda text: config(wifi=[dict(WIFI, password=text)]), 8, 63),
    (lambda text: config(sensor=[{"driver": "bme280", "prefix": text}]), 0, 60),
    (lambda text: config(sensor=[{"driver": "bme280", "names": {"humidity": text}}]), 1, 100),
    (lambda text: config(uplink=[dict(UPLINK, names={"humidity": text})]), 1, 100),
)


def test_a_text_is_accepted_if_and_only_if_its_bytes_are_within_its_limits():
    random.seed(SEED)
    taken = 0
    for _ in range(COUNT):
        made, low, high = random.choice(TEXTS)
        text = name_of(around(high))
        try:
            check(made(text))
        except ConfigError as error:
            assert not low <= size(text) <= high, (SEED, text, str(error))
            assert "%d to %d" % (low, high) in str(error) or "1 to 32" in str(error), str(error)
            continue
        assert low <= size(text) <= high, (SEED, text)
        taken += 1
    assert COUNT // 4 < taken < COUNT


def test_unprintable_text_is_not_a_name():
    for made, _, _ in TEXTS:
        for c in ("\x00", "\x1b", "\x7f", "\x85", "\u2028"):
            error = raises(ConfigError, check, made("abcdefgh" + c))
            assert c not in str(error) and not is_plain(c), (c, str(error))


def test_the_host_name_has_as_many_whole_characters_as_fit():
    random.seed(SEED)
    for _ in range(COUNT):
        name = name_of(random.randint(1, 100))
        host_name = check(config(node={"name": name}))["node"]["host_name"]
        assert name[: len(host_name)] == host_name, (SEED, name, host_name)
        assert size(host_name) <= 32
        if host_name != name:
            assert size(host_name + name[len(host_name)]) > 32, (SEED, name, host_name)
    assert cut("Теплица северная 2", 32) == "Теплица северная "


def channels_of(count):
    """Return channels with unique names of random sizes, some of the largest size."""
    found = []
    while len(found) < count:
        name = name_of(random.choice((100, 99, 60, 3)))
        if name not in [each[0] for each in found]:
            found.append((name, random.choice(("°C", "%", "")), 2))
    return found


def check_rows(queue, channels):
    """Append rows, and read each of them back under the names of its channels."""
    for i in range(ROW_COUNT):
        mask = random.randrange(1, 1 << len(channels))
        values = [i] * sum([mask >> bit & 1 for bit in range(len(channels))])
        queue.append(0, 0, 848_000_000 + 60 * i, 0, mask, values)
    reader = queue.reader()
    reader.seek(0)
    count = 0
    while reader.next():
        assert [each[0] for each in reader.channels] == [each[0] for each in channels], SEED
        count += 1
    assert count == ROW_COUNT, (SEED, count)


def test_rows_of_channels_with_any_names_are_read_back():
    for seed in range(SEED, SEED + 3):
        random.seed(seed)
        # A row has room for 32 channels.
        channels = channels_of(random.choice((1, 5, 32)))
        root = fresh()
        check_rows(Queue(root, channels, False, 400_000), channels)
        # After a start with other channels, the names are read from the flash.
        reader = Queue(root, [("other", "", 0)], False, 400_000).reader()
        reader.seek(0)
        assert reader.next()
        assert [each[0] for each in reader.channels] == [each[0] for each in channels], seed


def test_control_codes_separators_and_surrogates_are_not_printable():
    for first, last, prints in (
        (0, 31, False), (32, 126, True), (127, 159, False), (160, 0x2027, True),
        (0x2028, 0x202F, False), (0x2030, 0xD7FF, True), (0xD800, 0xDFFF, False),
        (0xE000, 0x10FFFF, True),
    ):  # fmt: skip
        # Check each bound, and characters that a wrong shift would mistake for a surrogate.
        for code in (first, first + 1, last - 1, last, 0x3000, 0x6C00, 0x6FFF, 0x1B000):
            if first <= code <= last:
                assert is_plain(chr(code)) is prints, hex(code)
