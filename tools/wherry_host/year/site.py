"""Everything around one simulated chip, from a configuration: devices, network, servers, cell."""

import json
import ssl
from binascii import crc32
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from wherry.channels import Channels
from wherry.health_channels import charge_channels

from wherry_host.compile.empty_battery import empty_mv
from wherry_host.compile.slot_modules import needed
from wherry_host.config import boards
from wherry_host.energy.cell import Cell, stop_mv
from wherry_host.energy.profile import CHIPS, Profile, profile_of
from wherry_host.energy.workload import workload_of
from wherry_host.errors import ToolError
from wherry_host.install.deploy import plan
from wherry_host.places import FIRMWARE, firmware_sources
from wherry_host.server.certs import Authority
from wherry_host.server.dialects import tables
from wherry_host.server.dns import DnsServer
from wherry_host.server.sntp import SntpServer
from wherry_host.virtual import devices
from wherry_host.year.chip.chip_modules import chance
from wherry_host.year.world import cell as cell_model
from wherry_host.year.world.clock import Clock
from wherry_host.year.world.network import Network
from wherry_host.year.world.server import Server
from wherry_host.year.world.store import Store
from wherry_host.year.world.witness import Witness

#: The node of `wherry year` without a configuration.
USUAL_CONFIG = Path(__file__).parent / "usual.toml"
#: 2026-12-01 00:00 UTC.
BEGIN_US = 1_796_083_200_000_000
_USUAL_CAPACITY_MAH = 3000
_MAC = bytes.fromhex("246f28000000")
# A voltage that changes slowly: its period has no common factor with a usual cadence.
_ANALOG = {"mv": 1500, "swing_mv": 700, "period_s": 86_399}


class Site:
    """`config` is a HostConfig; raises ToolError for a sensor without a model."""

    def __init__(self, config, seed):
        self.seed = seed
        self._board = boards.load(config.board)
        self.clock = Clock(BEGIN_US)
        self.chance, self.witness = chance(seed), Witness(seed)
        self.mac = _MAC
        self.authority = Authority()
        self._make_accounts(config.typed)
        ca = dict.fromkeys(config.ca, self.authority.der)
        built = plan(replace(config, typed=self.typed, ca=ca), config.board)
        self.work = workload_of(self.typed, built.files)
        self.usual = _profile(self._board).usual()
        self.cell = _cell(self.typed, self._board)
        self.filesystem_size = built.filesystem_size
        self.currents = built.settings["power"].get("currents")
        self.channel_count = len(Channels(_of_sensors(self.typed), charge_channels(self.typed)))
        self.sources = _sources(self.typed, self._board, built)
        self.sleeps = self.typed["power"]["source"] == "battery"
        self.slot = _slot(built, self.mac)
        wifi = self.typed["wifi"][0]
        point = {"ssid": wifi["ssid"], "password": wifi["password"] or ""}
        self.access_points = [point | {"bssid": "02:00:00:00:00:01", "channel": 6, "rssi": -61}]
        self._make_network()

    def _make_accounts(self, typed):
        """Create an account for each dialect, and give the uplinks its names and secrets."""
        self.accounts, self.apis, uplinks = {}, {}, []
        for uplink in typed["uplink"]:
            name, dialect = _dialect_of(uplink)
            if name not in self.accounts:
                self.accounts[name] = account = dialect.account()
                self.apis[name] = dialect.serve(account, "cloud")
            place = urlsplit(uplink["endpoint"])
            summary = self.accounts[name].summary(f"{place.scheme}://{place.netloc}", "cloud")
            section = dialect.section(summary, ())
            known = {key: value for key, value in section.items() if key in uplink}
            uplinks.append(uplink | known | {"label": uplink["label"]})
        self.typed = {**typed, "uplink": uplinks}

    def _make_network(self):
        self.store = Store()
        hosts = {}
        for uplink in self.typed["uplink"]:
            api = self.apis[_dialect_of(uplink)[0]]
            place = urlsplit(uplink["endpoint"])
            port = place.port or (443 if place.scheme == "https" else 80)
            served = hosts.setdefault((place.hostname, port), [])
            if api not in served:
                served.append(api)
        chain = _chain(self.authority, sorted({host for host, _ in hosts}))
        names, services = {}, {}
        for (host, port), apis in hosts.items():
            address = names.setdefault(host, f"10.1.0.{len(names) + 1}")
            services[address, port] = Server(apis, self.store, self.clock, chain)
        self.services = services
        self.network = Network(
            self.clock,
            self.chance,
            self.usual,
            DnsServer(names, "10.1.0.250"),
            SntpServer(self.clock),
            services,
        )

    def models(self, used_mah):
        """Return the device models of the configuration's sensors, each with its own name."""
        models = [self._model(each, used_mah) for each in self.typed["sensor"]]
        for number, model in enumerate(models):
            model.name = name_of(number)
            self.witness.burst_counts[model.name] = getattr(model, "BURST_COUNT", 1)
        return models

    def _model(self, section, used_mah):
        driver = section["driver"]
        if driver == "battery":
            divider = self._board["battery"]
            ratio = divider["ratio_milli"] / 1000
            return cell_model.Model(self.witness, divider["adc_pin"], ratio, self.cell, used_mah)
        if driver not in devices.kinds() or "source" in section:
            raise ToolError(f"{driver}: `wherry year` has no model of this sensor; leave it out")
        options = {"kind": driver}
        if "address" in section:
            wires = self._board["buses"][section["bus"]]
            options |= {"address": section["address"], "wires": (wires["scl"], wires["sda"])}
        elif "pin" in section:
            options |= {"pin": section["pin"]} | (_ANALOG if driver == "analog" else {})
        if "power_pin" in section:
            options["power_pin"] = section["power_pin"]
        return devices.make(options, self.witness)


def name_of(number):
    """Return the witness's name of the model of a sensor section, counted from 0."""
    return f"sensor {number + 1}"


def _of_sensors(typed):
    return [tuple(each) for sensor in typed["sensor"] for each in sensor["channels"]]


def _profile(board) -> Profile:
    if "sleep_current_ua" not in board or board["chip"] not in CHIPS:
        raise ToolError(
            "the board's currents are unknown; name a board with a sleep current (docs/boards.md)"
        )
    return profile_of(board)


def _cell(typed, board):
    power = typed["power"]
    unwatched_mv = 0 if power["empty_mv"] == 0 else stop_mv(board)
    end_mv = empty_mv(typed, board) or unwatched_mv
    return Cell(power["capacity_mah"] or _USUAL_CAPACITY_MAH, power["chemistry"], end_mv)


def _sources(typed, board, built):
    """Return {dotted module: path} of the modules in the slot, each from its own source."""
    found = needed(typed, board)
    # The programs for wakes that only keep a row are single files in the slot.
    own = firmware_sources(FIRMWARE)
    programs = {
        name: own[name] for name in ("calm", "row_wake", "guard") if f"{name}.mpy" in built.files
    }
    sources = {**found, **programs}
    return {
        name.removesuffix("/__init__").replace("/", "."): path for name, path in sources.items()
    }


def _slot(built, mac):
    """Return {path: bytes} of the slot's files that are not code."""
    settings = built.settings
    long = built.modules
    sensors = [
        each | {"module": long.get(each["module"], each["module"])} for each in settings["sensor"]
    ]
    uplinks = [
        each | {"module": long.get(each["module"], each["module"])} for each in settings["uplink"]
    ]
    settings = {**settings, "sensor": sensors, "uplink": uplinks}
    if settings["node"]["name"] is None:
        name = "esp32-" + mac.hex()[-6:]
        settings["node"] = {**settings["node"], "name": name, "host_name": name}
    text = json.dumps(settings, separators=(",", ":")).encode()
    files = {path: content for path, content in built.files.items() if path.startswith("ca/")}
    return {**files, "settings": text + crc32(text).to_bytes(4, "little")}


def _chain(authority, names):
    pem = authority.leaf(BEGIN_US, names).decode()
    ends = "-----END CERTIFICATE-----"
    begins = "-----BEGIN CERTIFICATE-----"
    parts = [begins + part.partition(begins)[2] + ends for part in pem.split(ends)[:-1]]
    return tuple(ssl.PEM_cert_to_DER_cert(part.strip()) for part in parts)


def _dialect_of(uplink):
    """Return (name, Dialect) of the dialect that a typed uplink uses."""
    return next((name, each) for name, each in tables().items() if each.speaks(uplink))
