"""The world around one simulated chip, drawn from a seed: devices, network, servers."""

from random import Random

from wherry.net.dns import is_address

from wherry_host.account.uplink_tables import dialect_of
from wherry_host.server.dns import DnsServer
from wherry_host.server.faults import Faults
from wherry_host.server.sntp import SntpServer
from wherry_host.virtual import devices
from wherry_host.year.node import host_of
from wherry_host.year.world import cell, time_chip
from wherry_host.year.world.clock import Clock
from wherry_host.year.world.network import Network
from wherry_host.year.world.server import FrontDoor, Server
from wherry_host.year.world.store import Store
from wherry_host.year.world.witness import Witness

# A voltage that changes slowly, and differs from one sample to the next at usual cadences.
_ANALOG = {"mv": 1500, "swing_mv": 700, "period_s": 86_399}
_ELSEWHERE, _FIRST_TIME_SERVER = "10.1.0.250", "10.1.0.251"
_PLAIN_PORT = 80


class Site:
    """One world for a Node.

    The node is switched on at `begin_us`, by default when its lives begin.
    """

    def __init__(self, node, seed, begin_us=None):
        self.seed = seed
        #: The Node, and those that a deploy has made of it, in order.
        self.nodes = [node]
        self.begin_us = node.begin_us if begin_us is None else begin_us
        self.clock = Clock(self.begin_us)
        self.chance, self.witness, self.store = Random(seed), Witness(seed), Store()
        wifi = node.typed["wifi"][0]
        point = {"ssid": wifi["ssid"], "password": wifi["password"] or ""}
        if "addresses" in wifi:
            point["range"] = wifi["addresses"][0].rpartition(".")[0]
        self.access_points = [point | {"bssid": "02:00:00:00:00:01", "channel": 6, "rssi": -61}]
        #: The names of the models that can be broken, and {name: kinds of its faults}.
        self.breakable, self.broken = [], {}
        #: The access point, and which turn of a `roam` it has: 0 without one.
        self.point, self.roam_turn = self.access_points[0], 0
        #: When the time of the DS3231 was set.
        self.chip_sets_us = []
        #: {dialect: its Api}.
        self.apis = {}
        self.services, self._servers = {}, {}
        first = node.typed["time"]["sntp"][0].lower()
        names = {first: _FIRST_TIME_SERVER} | self._serve()
        self.name_server = DnsServer(names, _ELSEWHERE)
        #: The first time server of the configuration, and all others, whose switches it shares
        #: unless its clock is far off.
        self.first_time_server, self.time_server = (SntpServer(self.clock) for _ in range(2))
        self.first_time_server.switches = self.time_server.switches
        responders = {
            ("", 53): self.name_server,
            ("", 123): self.time_server,
            (first if is_address(first) else names[first], 123): self.first_time_server,
        }
        for responder in responders.values():
            # They answer without their own sockets.
            responder.stop()
        self.network = Network(self.clock, self.chance, node.usual, responders, self.services)

    def _serve(self):
        """Create a server for each host of the uplinks; return {host: address}."""
        apis, hosts, names = self.apis, {}, {}
        for uplink in self.node.typed["uplink"]:
            name, dialect = dialect_of(uplink)
            if name not in apis:
                apis[name] = dialect.serve(self.node.accounts[name], "cloud")
            served = hosts.setdefault(host_of(uplink), [])
            if apis[name] not in served:
                served.append(apis[name])
        for (host, port), served in hosts.items():
            place = host if is_address(host) else f"10.1.0.{len(names) + 1}"
            address = names.setdefault(host, place)
            faults = Faults(self.seed, self.clock.now_us)
            server = Server(served, self.store, self.clock, self.node.chain_with, faults)
            self.services[address, port] = self._servers[host, port] = server
            door = FrontDoor(self.clock, self.store, faults)
            self.services.setdefault((address, _PLAIN_PORT), door)
        return names

    @property
    def node(self):
        """The present Node."""
        return self.nodes[-1]

    def typeds(self):
        """Return the typed configurations that the node has had."""
        return [each.typed for each in self.nodes]

    def uplinks_of(self, number):
        """Return the typed uplink with a number from 1 on, in a list; all of them for 0."""
        uplinks = self.node.typed["uplink"]
        return uplinks[number - 1 : number] if number else uplinks

    def servers_of(self, number):
        """Return the Servers of these uplinks; uplinks to one host share one."""
        return list(
            dict.fromkeys(self._servers[host_of(each)] for each in self.uplinks_of(number))
        )

    def strikes(self, number=0):
        """Return (true us, kind) of each effect of a fault of these Servers, in order."""
        return sorted(each for server in self.servers_of(number) for each in server.faults.strikes)

    def requests(self):
        """Return the Requests to all servers, in order."""
        return sorted(each for server in self.services.values() for each in server.requests)

    def models(self, used_mah):
        """Return the device models of the configuration's sensors, each with its own name.

        `used_mah(now_us)` is the charge that the cell has supplied.
        """
        models = [self._model(each, used_mah) for each in self.node.typed["sensor"]]
        for number, model in enumerate(models):
            model.name = name_of(number)
            self.witness.burst_counts[model.name] = getattr(model, "BURST_COUNT", 1)
        self.breakable = [model.name for model in models if hasattr(model, "missed")]
        bus = self.node.typed["time"]["ds3231"]
        is_sensor = any(isinstance(model, time_chip.Model) for model in models)
        return models + ([self._time_chip(bus)] if bus and not is_sensor else [])

    def _time_chip(self, bus):
        """Return the DS3231 of the section [time], which is on a bus."""
        wires = self.node.board["buses"][bus]
        pins = wires["scl"], wires["sda"]
        return time_chip.Model(self.witness, pins, self.network.times, self.chip_sets_us)

    def _model(self, section, used_mah):
        driver, board = section["driver"], self.node.board
        if driver == "battery":
            pin, ratio = board["battery"]["adc_pin"], board["battery"]["ratio_milli"] / 1000
            return cell.Model(self.witness, pin, ratio, self.node.cell, used_mah, self.begin_us)
        if driver == "ds3231" and section["bus"] == self.node.typed["time"]["ds3231"]:
            return self._time_chip(section["bus"])
        options = {"kind": driver}
        if "address" in section:
            wires = board["buses"][section["bus"]]
            options |= {"address": section["address"], "wires": (wires["scl"], wires["sda"])}
        elif "pin" in section:
            options |= {"pin": section["pin"]} | (_ANALOG if driver == "analog" else {})
        if "power_pin" in section:
            options["power_pin"] = section["power_pin"]
        return devices.make(options, self.witness)


def name_of(number):
    """Return the witness's name of the model of a sensor section, counted from 0."""
    return f"sensor {number + 1}"
