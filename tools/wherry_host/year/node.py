"""The shared parts of all simulated lives of one configuration: settings, code, cell, accounts."""

from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from wherry_host.account.uplink_tables import dialect_of
from wherry_host.compile.empty_battery import cell_of
from wherry_host.compile.row_wake import channels_of_sensors, facts
from wherry_host.compile.slot_file import SETTINGS
from wherry_host.compile.slot_modules import needed
from wherry_host.config import boards
from wherry_host.config.config_file import checked as checked_config
from wherry_host.energy.profile import CHIPS, profile_of
from wherry_host.energy.workload import workload_of
from wherry_host.errors import ToolError
from wherry_host.install.deploy import checked, named, plan, to_image
from wherry_host.places import firmware_sources
from wherry_host.server.certs import Authority
from wherry_host.temporary import TemporaryFolder
from wherry_host.virtual import devices
from wherry_host.virtual.image import Image
from wherry_host.year import changes
from wherry_host.year.cpython.chip_modules import SHIM_NAMES

#: The node of `wherry year` without a configuration.
USUAL_CONFIG = Path(__file__).parent / "usual.toml"
#: The board of this node, which takes 20 µA asleep with its sensors and divider.
USUAL_BOARD = "firebeetle_esp32"
#: The usual start of a life: 2026-12-01 00:00 UTC.
BEGIN_US = 1_796_083_200_000_000
_DECADE_US = 3_650 * 86_400_000_000
#: The file of a deploy that a person watches (firmware/boot/first_start.py).
DEPLOYED = "/deployed"
_MAC = bytes.fromhex("246f28000000")
# These are single files in a slot; here they are modules as any other.
_PROGRAMS = "calm", "row_wake", "guard"


class Node:
    """The parts of a HostConfig with a board that do not change from one life to another.

    `slot` has {path: bytes} of the files that are not code, `sources` {dotted module: path}.
    `accounts` are {dialect: account}; the uplinks of `typed` have their names and secrets. `usual`
    has the board's currents in mA and the durations in s (docs/energy.md), `work` is the
    Workload. The lives begin at `begin_us` or later. Raises ToolError for what cannot be
    simulated.
    """

    mac = _MAC

    def __init__(self, config, begin_us=BEGIN_US):
        self.begin_us = begin_us
        self.board = board = boards.load(config.board)
        self._refuse(config)
        self.accounts = {}
        uplinks = [self._adopted(config.typed, each) for each in config.typed["uplink"]]
        self._config, self._authority = config, Authority()
        self._names = sorted({host_of(each)[0] for each in uplinks})
        self._chains, self._changed = {}, {}
        self.usual = profile_of(board).usual()
        self.cell = cell_of(config.typed, board, None)
        self.sleeps = config.typed["power"]["source"] == "battery"
        self._build({**config.typed, "uplink": uplinks})

    def _build(self, typed):
        config, board = self._config, self.board
        ca = dict.fromkeys(config.ca, self._authority.der)
        self._plan = built = plan(replace(config, typed=typed, ca=ca), config.board)
        self.typed = typed
        self.work = workload_of(typed, built.files)
        self.filesystem_size = built.filesystem_size
        self.currents = built.settings["power"].get("currents")
        found = facts(typed, board)
        #: The number that rows in RTC memory have for their channels, and the number of these.
        self.schema, self.channel_count = found["schema"], found["count"]
        self.sources = _sources(typed, board, built)
        self.slot = _slot(built)

    def changed(self, number):
        """Return the Node with another configuration; see changes.py for the numbers."""
        if number == 0:
            return self
        if number not in self._changed:
            typed = changes.changed(self._config, number)
            pairs = zip(self.typed["uplink"], typed["uplink"], strict=True)
            uplinks = [each | {"selection": new["selection"]} for each, new in pairs]
            self._changed[number] = made = copy(self)
            made._build({**typed, "uplink": uplinks})
        return self._changed[number]

    def renamed(self, name):
        """Return this Node with another name; the two share what does not depend on it."""
        raw = {**self._config.raw, "node": {**self._config.raw.get("node", {}), "name": name}}
        node = checked_config(raw)["node"]

        def with_name(settings):
            own = {key: node[key] for key in ("name", "host_name")}
            return {**settings, "node": {**settings["node"], **own}}

        made = copy(self)
        # Images and later configurations have the name.
        made.__dict__.pop("image", None)
        made._changed = {}
        made.typed = with_name(self.typed)
        made._config = replace(self._config, raw=raw, typed=with_name(self._config.typed))
        made._plan = replace(self._plan, settings=with_name(self._plan.settings))
        made.slot = _slot(made._plan)
        return made

    def _refuse(self, config):
        board = self.board
        if board.get("wlog_size"):
            raise ToolError(f"{config.board}: `wherry year` cannot simulate a ring yet")
        if "sleep_current_ua" not in board or board["chip"] not in CHIPS:
            raise ToolError(
                f"{config.board}: the currents are unknown; name a board with a sleep current "
                "(docs/boards.md)"
            )
        for section in config.typed["sensor"]:
            _refuse_without_model(section)
        names = [dialect_of(uplink)[0] for uplink in config.typed["uplink"]]
        for name in names:
            if names.count(name) > 1:
                raise ToolError(f"two uplinks to {name}: `wherry year` simulates one of a kind")

    @cached_property
    def image(self):
        """The bytes of the flash after a deploy."""
        return self.deployed(None)

    def deployed(self, content):
        """Return the bytes of a flash after a deploy; `content` is the flash before, or None."""
        with TemporaryFolder("year") as folder:
            path = folder / "flash.img"
            if content is not None:
                path.write_bytes(content)
            done = to_image(self._plan, path, _MAC)
            if content is not None:
                with Image(path) as image:
                    # Without a trial, which only one of the engines has.
                    image.write("/slot", done.slot.encode())
                    image.write(DEPLOYED, b"")
            return path.read_bytes()

    def chain_with(self, kind):
        """Return the certificates of all servers in DER; `kind` is a fault of server/certs.py."""
        if kind not in self._chains:
            self._chains[kind] = chain_of(self._authority, self._names, self.begin_us, kind)
        return self._chains[kind]

    def _adopted(self, typed, uplink):
        """Return a typed uplink with the names and secrets of an account, which knows it."""
        name, dialect = dialect_of(uplink)
        if name not in self.accounts:
            self.accounts[name] = _settled(dialect.account())
            dialect.adopt(self.accounts[name], _sent_names(typed, uplink))
        place = urlsplit(uplink["endpoint"])
        url = f"{place.scheme}://{place.netloc}"
        section = dialect.section(self.accounts[name].summary(url, "cloud"), ())
        known = {key: value for key, value in section.items() if key in uplink}
        if keys := keys_of(uplink)[1:]:
            known["api_key"] = [known["api_key"], *keys]
        return uplink | known | {"label": uplink["label"]}


def keys_of(uplink):
    """Return the API keys of a typed uplink; the first is the account's."""
    keys = uplink.get("api_key", ())
    return [keys] if isinstance(keys, str) else [*keys]


def _settled(account):
    """Return an account with the same secrets in each run, as they change signatures' sizes."""
    chance, secrets = Random(0), account.secrets()
    for name, value in vars(account).items():
        if value in secrets:
            made = "".join(chance.choices(ascii_letters + digits, k=len(value)))
            setattr(account, name, made)
    return account


def host_of(uplink):
    """Return (host, port) of a typed uplink's server."""
    place = urlsplit(uplink["endpoint"])
    return place.hostname, place.port or (443 if place.scheme == "https" else 80)


def _refuse_without_model(section):
    """Raise ToolError for a sensor whose model needs more than this chip has."""
    driver = section["driver"]
    has_model = driver in devices.kinds() and "source" not in section
    model = devices.model_class(driver) if has_model else None
    parts = getattr(model, "FROZEN", ())
    is_passive = model and not hasattr(model, "arrived") and not getattr(model, "IS_FAST", False)
    if not is_passive or not set(parts) <= set(SHIM_NAMES):
        raise ToolError(f"{driver}: `wherry year` cannot simulate this sensor; leave it out")
    limits = any(step[-2:] != [None, None] for step in section.get("adjust", ()))
    if limits or "several" in section or "report" in section:
        raise ToolError(
            f"{driver}: `wherry year` cannot judge min, max, mean, median or report_change yet; "
            "leave them out"
        )


def _sent_names(typed, uplink):
    """Return the names under which an uplink sends the channels of the sensors."""
    given = uplink["selection"]
    names = dict(given[1]) if given else {}
    return [names.get(channel, channel) for channel, *_ in channels_of_sensors(typed)]


def _sources(typed, board, built):
    """Return {dotted module: path} of the modules in the slot, each from its own source."""
    own = firmware_sources()
    programs = {name: own[name] for name in _PROGRAMS if f"{name}.mpy" in built.files}
    return {
        name.removesuffix("/__init__").replace("/", "."): path
        for name, path in {**needed(typed, board), **programs}.items()
    }


def _slot(built):
    """Return {path: bytes} of the slot's files that are not code; modules have their own names."""
    settings = dict(named(built.settings, _MAC))
    for section in ("sensor", "uplink"):
        settings[section] = [
            each | {"module": built.modules.get(each["module"], each["module"])}
            for each in settings[section]
        ]
    files = {path: content for path, content in built.files.items() if path.startswith("ca/")}
    return {**files, SETTINGS: checked(settings)}


def chain_of(authority, names, begin_us, kind="good"):
    """Return the certificates of a server with these names in DER, its own first.

    They are valid for ten years from `begin_us` on; those of the kind "not_yet_valid" only after
    all lives.
    """
    later_us = _DECADE_US if kind == "not_yet_valid" else 0
    pem = authority.leaf(begin_us + later_us, names, kind)
    certificates = x509.load_pem_x509_certificates(pem)
    return tuple(each.public_bytes(Encoding.DER) for each in certificates)
