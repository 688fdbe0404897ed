"""Build the content of a slot, and write it to a board or into a board's image.

A slot has the modules of firmware/ and lib/wherry that the configuration can load, as .mpy
(main.py becomes app.mpy), the typed settings and their public part, and the CA roots. Only
loader.py is outside the slot, as source in /main.py.
"""

import json
from binascii import crc32
from dataclasses import dataclass, field

import wherry
from wherry.config.check import ConfigError

from wherry_host.compile import empty_battery, row_wake
from wherry_host.compile.compiled import compiled_as_is, compiled_slot
from wherry_host.compile.loader_text import loader_text
from wherry_host.compile.slot_file import ABOUT, SETTINGS, blocks, built
from wherry_host.compile.slot_modules import driver_module, drivers, linked_modules, needed
from wherry_host.config import boards
from wherry_host.config.needs import buses, lacking
from wherry_host.errors import DeployError
from wherry_host.install.slots import install
from wherry_host.install.target_image import ImageTarget
from wherry_host.install.target_port import WAIT_S, PortTarget, restarted_after_error
from wherry_host.partitions import BLOCK_SIZE
from wherry_host.places import FIRMWARE
from wherry_host.virtual.options import Options

__all__ = ["DeployError", "Plan", "plan", "to_image", "to_port"]

# The blocks in a node's filesystem besides two slots and the queue, for folders, aside files,
# sessions and the growth of a later version. A test fills a filesystem up to this.
_OTHER_BLOCKS = 34


@dataclass
class Plan:
    """The content of a deployment: the slot's files by path, the settings, the loader's bytes.

    If the node has no configured name, the settings have None, and the name is made from the
    board's MAC address. `names` are the short forms of public names in the files, `modules` the
    long names of the modules; `ring_size` is 0 without a ring.
    """

    files: dict[str, bytes]
    settings: dict
    loader: bytes
    filesystem_size: int
    names: dict[str, str] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    ring_size: int = 0

    def slot(self, mac=bytes(6)):
        """Return the slot as bytes for a board with this MAC address (six bytes)."""
        settings = named(self.settings, mac)
        # The modules that each wake reads come last; see slot_modules.py.
        about = {**_about(settings), "modules": self.modules}
        files = {ABOUT: _json(about), **self.files, SETTINGS: checked(settings)}
        return built(files, wherry.VERSION)


def named(settings, mac):
    """Return settings with the node's name; without one, it is made from the MAC address."""
    if "node" not in settings or settings["node"]["name"] is not None:
        return settings
    name = "esp32-" + mac.hex()[-6:]
    return {**settings, "node": {**settings["node"], "name": name, "host_name": name}}


def checked(settings):
    """Return settings as the bytes of the slot's file, with their CRC."""
    text = _json(settings)
    return text + crc32(text).to_bytes(4, "little")


def plan(config, board_name, firmware=FIRMWARE):
    """Return the Plan of a HostConfig for a board.

    Raises ConfigError if the board lacks what the configuration needs, BoardError, and
    DeployError with the compiler's message if a module does not compile.
    """
    board = boards.load(board_name)
    errors = lacking(config.typed, board_name)
    if errors:
        raise ConfigError(errors)
    sources = needed(config.typed, board, firmware)
    programs = row_wake.programs(config.typed, board, drivers(config.typed))
    linked = linked_modules(config.typed, board)
    files, names, modules = compiled_slot(sources, linked, tuple(programs.items()))
    files = (
        {f"ca/{name}": der for name, der in config.ca.items()} | _drivers(config, files) | files
    )
    settings = _with_modules(config.typed, modules)
    if "row_wake" in programs:
        settings["channels"] = row_wake.facts(config.typed, board)
    settings["power"] = empty_battery.power_section(config.typed, board)
    settings["board"] = boards.for_device(board, buses(config.typed))
    if not config.is_named:
        settings["node"] = {**settings["node"], "name": None}
    size = sum(map(len, files.values())) + len(_json(settings))
    settings["board"]["reserved_size"] = (2 * blocks(size) + _OTHER_BLOCKS) * BLOCK_SIZE
    loader = loader_text((firmware / "boot/loader.py").read_text("utf-8"))
    ring_size = board.get("wlog_size", 0)
    return Plan(files, settings, loader, board["filesystem_size"], names, modules, ring_size)


def _drivers(config, files):
    """Return {path in the slot: .mpy} of third-party drivers; their names are not shortened."""
    sources = {path: text for own in config.drivers.values() for path, text in own.items()}
    found = compiled_as_is(sources)
    for path in sorted(found.keys() & files.keys()):
        raise DeployError(f"{path[:-4]}.py: wherry has a module of this name; rename the driver's")
    return found


def _with_modules(typed, modules):
    """Return typed settings in which sensors and uplinks name their modules in the slot."""
    short = {name: each for each, name in modules.items()}
    sensors = []
    for each in typed["sensor"]:
        module = driver_module(each)
        # The node does not need the origin of a driver.
        own = {key: value for key, value in each.items() if key != "source"}
        sensors.append(own | {"module": short.get(module.replace("/", "."), module)})
    uplinks = [
        each | {"module": short[f"wherry.uplinks.{each['kind']}.dialect"]}
        for each in typed["uplink"]
    ]
    return {**typed, "sensor": sensors, "uplink": uplinks}


def _json(value):
    # MicroPython's JSON reader does not combine surrogates.
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def _about(settings):
    """Return the part of the settings that the owner's tools may read: nothing secret."""
    uplinks = settings.get("uplink", ())
    return {
        "node": settings.get("node", {}),
        "uplink": [
            {key: uplink.get(key) for key in ("label", "kind", "selection")} for uplink in uplinks
        ],
    }


def to_port(plan, port, progress=None, wait_s=WAIT_S, look=lambda: None):
    """Write the plan to the board at a serial port, restart it and return Installed.

    `look` is called between the steps and may raise an exception to end the deployment there.
    """
    with PortTarget(port, wait_s, look) as target:
        return to_target(plan, target, progress)


def to_target(plan, target, progress=None, is_watched=False):
    """Write the plan to the board of an open PortTarget, restart it and return Installed.

    If `is_watched` is true, the node stays awake for its first ten minutes
    (first_start.py). If the new version cannot be written, the board is restarted with
    the old version.
    """
    with restarted_after_error(target):
        _check_ring(plan, target)
        done = install(plan.slot(target.mac()), plan.loader, target, progress)
        if is_watched:
            target.write("/deployed", b"")
    target.restart()
    return done


def to_image(plan, image_path, mac=None):
    """Write the plan into the flash image of a virtual board that is off; return Installed.

    `mac` is the board's MAC address, if it differs from a plain virtual board's.
    """
    with ImageTarget(image_path, plan.filesystem_size, plan.ring_size) as target:
        _check_ring(plan, target)
        return install(plan.slot(mac or Options().mac), plan.loader, target)


def _check_ring(plan, target):
    """Raise DeployError if the board was flashed as a different board."""
    size = target.ring_size()
    if size != plan.ring_size:
        seen, named = (
            f"a ring of {each // 1024} KB" if each else "no ring"
            for each in (size, plan.ring_size)
        )
        raise DeployError(
            f"the board has {seen} for readings, and the selected board expects {named}: name the "
            "board that it was flashed for (--board), or flash it for this one"
        )
