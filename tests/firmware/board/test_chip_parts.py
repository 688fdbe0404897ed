"""The small parts of firmware/ on MicroPython itself: their calls to the chip's own modules."""

import pytest
from support.boards.firmware_run import found_by

CHIP = """
asked = []

class Pin:
    OUT = 3
    def __init__(self, number, mode=None): self.number, self.mode = number, mode
    def value(self, level): asked.append([self.number, self.mode, level])

class Wires:
    def __init__(self, *number, **how):
        how = {key: getattr(value, "number", value) for key, value in how.items()}
        asked.append([type(self).__name__, [getattr(n, "number", n) for n in number], how])

class I2C(Wires): pass
class SoftI2C(Wires): pass
class UART(Wires): pass
class ADC(Wires):
    ATTN_11DB = 3
    def read_uv(self): return given["uv"]

for each in (Pin, I2C, SoftI2C, UART, ADC):
    setattr(Machine, each.__name__, each)
stand_in(machine=Machine, time=Clock)

def outcome(function, *args):
    try:
        return function(*args)
    except (OSError, ValueError) as error:
        return "%s: %s" % (type(error).__name__, error)
"""


def on_chip(program, **given):
    """Return the program's `found`, run with the replacements of pins and buses."""
    return found_by(CHIP + program, given)[0]


# Pins and buses


def test_the_led_is_on_at_the_level_of_its_wiring():
    found = on_chip("""
import chip
for active_low in (False, True):
    ports = chip.Ports(Watchdog(1), False, False, {"pin": 4, "active_low": active_low})
    for on in (True, False, 1, 0):
        ports.light(on)
chip.Ports(Watchdog(1), False, False, None).light(True)
found = asked
""")
    assert found == [[4, 3, level] for level in (True, False) * 2 + (False, True) * 2]


def test_the_battery_is_read_through_its_divider():
    found = on_chip("""
from board import Board
read_mv = Board({"battery": {"adc_pin": 35, "ratio_milli": 2_150}}).battery_mv
found = [read_mv(), read_mv(), asked, outcome(Board({}).battery_mv)]
""", uv=1_900_999)  # fmt: skip
    # 1,900.999 mV times 2.15; the converter is made once.
    assert found[:3] == [4_087, 4_087, [["ADC", [35], {"atten": 3}]]]
    assert found[3] == "OSError: the board has no battery divider"


def test_a_bus_is_created_once_as_wired():
    wires = {"scl": 22, "sda": 21, "freq_hz": 100_000, "soft": False}
    soft = {**wires, "soft": True}
    found = on_chip("""
from board import Board
board = Board({"buses": given["buses"]})
buses = [board.i2c(name) for name in ("plain", "second", "soft", "plain")]
found = [asked, buses[0] is buses[3] is not None]
found += [outcome(board.i2c, "gone"), outcome(Board({}).i2c, "plain")]
""", buses={"plain": wires, "second": {**wires, "i2c": 1}, "soft": soft})  # fmt: skip
    how = {"scl": 22, "sda": 21, "freq": 100_000}
    soft = ["SoftI2C", [22, 21], {"freq": 100_000}]
    assert found[0] == [["I2C", [0], how], ["I2C", [1], how], soft]
    assert found[1:] == [True, *["OSError: the board has no bus " + x for x in ("gone", "plain")]]


def test_a_uart_buffers_two_seconds_of_a_receiver():
    gps = {"uart": 1, "baud": 9_600, "tx": 12, "rx": 34}
    found = on_chip("""
from board import Board
board = Board({"buses": {"gps": given["gps"], "i2c": {"scl": 22}}})
board.uart("gps")
found = asked + [outcome(board.uart, name) for name in ("i2c", "gone")]
""", gps=gps)  # fmt: skip
    (kind, number, how), *refused = found
    assert (kind, number) == ("UART", [1, 9_600])
    # Ten bits per byte; rounded up to a power of two.
    assert how == {"tx": 12, "rx": 34, "rxbuf": 2_048} and 2_048 > 2 * 9_600 / 10
    assert refused == ["OSError: the board has no UART " + name for name in ("i2c", "gone")]


# Third-party drivers


def test_a_third_party_driver_has_its_ports_and_a_fed_watchdog():
    found = on_chip("""
class Slow:
    def __init__(self, *ports, **more):
        self.ports = ports, more
    def begin(self, ms):
        Clock.sleep_ms(ms)
class OneWire:
    def __init__(self, pin): self.number = -pin.number
class Module: pass
Module.Slow, Module.OneWire = Slow, OneWire
stand_in(slow=Module, onewire=Module)
import adapted
from board import Board
board = Board({"buses": {}})
ports = Ports()
board.watch = "sensor 2 (Slow)", ports
def sensor(ms):
    arguments = [["pin", 4], ["onewire", 5], 6], {"data": ["pin", 7]}
    section = {"driver": "slow:Slow", "channels": [], "arguments": arguments, "ready_ms": 20}
    return adapted.Sensor(dict(section, start=["begin", [ms]], block_ms_max=250), board)
slow = sensor(1_000)
found = [slow.start(True), Watchdog.fed_ms]
slow.start(False)
sensor(250).start(True)
given, more = slow._device.ports
found += [[getattr(port, "number", port) for port in given], more["data"].number]
found += [ports.said]
""")
    ready_ms, fed_ms, given, keyword, said = found
    assert ready_ms == 20
    # Fed before and after the import, the class and `begin`.
    assert fed_ms[:6] == [0, 0, 0, 0, 0, 1_000]
    assert (given, keyword) == ([4, -5, 6], 7)
    # The next call of the same length is not reported, nor is one within the limit.
    assert said == ["sensor 2 (Slow): the driver blocks for 1000 ms, longer than 250 ms"]


# Settings


@pytest.mark.parametrize(("damage", "outcome"), [
    ("", {"node": {"name": "hut"}}),
    ("content = content[:-1]", "deploy again"),
    ("content = content[:5] + b'N' + content[6:]", "deploy again"),
    ("content = content[:-1] + bytes([content[-1] ^ 1])", "deploy again"),
    ("content = bytes(4)", "deploy again"),
    ("content = b''", "deploy again"),
])  # fmt: skip
def test_settings_are_read_if_their_crc_matches(damage, outcome):
    found = on_chip("""
import settings
from wherry import small_file
mount({"/slot/": ""})
sys.path.insert(0, "/slot")
small_file.write("/slot/settings", json.dumps({"node": {"name": "hut"}}).encode())
with open("/slot/settings", "rb") as file:
    content = file.read()
%s
with open("/slot/settings", "wb") as file:
    file.write(content)
found = outcome(settings.read)
""" % damage)  # fmt: skip
    assert found == outcome or outcome in found


# The address of a server


def test_an_address_is_remembered_for_an_hour_and_for_one_host():
    asked = [[500, "a"], [501, "a"], [3_600_499, "a"], [3_600_500, "a"], [3_600_501, "b"]]
    found = on_chip("""
import server_address
from wherry.stage.state import new_state

state, looked_up = new_state(), []

def look_up(host):
    looked_up.append(host)
    return "10.1.200.%d" % len(looked_up)

found = []
for ticks, host in given["asked"]:
    address, is_kept = server_address.address(state, ticks, host, look_up)
    found.append([address, is_kept, len(looked_up)])
""", asked=asked)  # fmt: skip
    assert found == [
        ["10.1.200.1", False, 1], ["10.1.200.1", True, 1], ["10.1.200.1", True, 1],
        ["10.1.200.2", False, 2], ["10.1.200.3", False, 3],
    ]  # fmt: skip
