"""Lives on virtual time that keep the logs of a virtual board, as evidence for an account."""

from collections import Counter

from wherry_host.account.account import Account
from wherry_host.account.evidence import Evidence, FlashWitness
from wherry_host.account.flash_history import FlashHistory
from wherry_host.account.uplink_tables import table_of
from wherry_host.virtual.flash_log import SETTLED, Entry
from wherry_host.virtual.image import PARAMETERS
from wherry_host.year.life import Life
from wherry_host.year.site import Site, name_of
from wherry_host.year.world.witness import Witness

_SIZE = PARAMETERS["block_size"]
_ENDS = {"R": "reset", "W": "reset", "Z": "sleep"}
# {kind of a fault: the switch of the board's air that it turns off}.
_SWITCHES = {"access_point": "up", "internet": "uplink"}


class LoggingWitness(Witness):
    """Also keeps the logs `truth` and `accesses` of a board; `drivers` is {model: driver}.

    An hour of weather passes in six seconds, because an account distinguishes measurements by
    their values.
    """

    def __init__(self, seed, drivers):
        super().__init__(seed, weather_speed=600)
        self._drivers = drivers
        self.truth, self.accesses = [], []

    def measured(self, now_us, device, series=None, **channels):
        super().measured(now_us, device, series, **channels)
        for channel, value in channels.items():
            what = {"channel": channel, "value": value, "series": series}
            self._log(self.truth, now_us, device, **what)

    def read(self, now_us, device, taken_us):
        super().read(now_us, device, taken_us)
        self._log(self.accesses, now_us, device, read_us=taken_us)

    def unread(self, now_us, device, taken_us):
        super().unread(now_us, device, taken_us)
        self._log(self.accesses, now_us, device, unread_us=taken_us)

    def struck(self, now_us, device, fault):
        self._log(self.accesses, now_us, device, fault=fault)

    def _log(self, log, now_us, device, **what):
        log.append({"time_us": now_us, "device": self._drivers[device], **what})


class LoggingLife(Life):
    """The life of a Node: `lines` are (true us, text); `account` judges it after its end."""

    def __init__(self, node, seed):
        site = Site(node, seed)
        drivers = {name_of(i): each["driver"] for i, each in enumerate(node.typed["sensor"])}
        site.witness = LoggingWitness(seed, drivers)
        # {(api, device, channel, time_us) of a point: the number of times that it was received}.
        self._received = Counter()
        self._store = site.store.add
        site.store.add = self._add
        self._events, self.lines = [], []
        super().__init__(site)
        memory = self.flash.memory
        self._first, self._operations = bytes(memory.content), []
        memory.prog, memory.erase = map(self._logged, (memory.prog, memory.erase))

    def _add(self, api, points, *rest):
        self._received.update((api, *point[:3]) for point in points)
        return self._store(api, points, *rest)

    def _logged(self, operation):
        """Return an operation of the flash that is logged as the content that it leaves."""
        memory = self.flash.memory

        def logged(cfg, block, off=0, *data):
            result = operation(cfg, block, *([off, *data] if data else []))
            at, size = block * _SIZE + off, len(data[0]) if data else _SIZE
            content = bytes(memory.content[at : at + size])
            self._operations.append(Entry(self.clock.us, at, size, SETTLED, content, True))
            return result

        return logged

    def say(self, *words, **keywords):
        self.lines.append((self.clock.us, " ".join(map(str, words))))
        super().say(*words, **keywords)

    def _boot(self):
        super()._boot()
        self._log("boot", cause=self.port.regs.reset_cause, prompt=False)

    def _end(self, letter, ms=None):
        self._log(_ENDS[letter], injected=False)
        super()._end(letter, ms)

    def _log(self, event, **details):
        self._events.append({"event": event, "time_us": self.clock.us, **details})

    def account(self):
        """Return the Account of this life, whose power is off now."""
        site, node = self.site, self.site.node
        return Account(
            Evidence(
                node.typed,
                site.witness.truth,
                site.witness.accesses,
                sorted([*self._events, *self._outer_events()], key=lambda each: each["time_us"]),
                FlashWitness(FlashHistory(self._operations, [(0, self._first)])),
                [self._table(uplink) for uplink in node.typed["uplink"]],
                self.lines,
                [(each.time_us, each.api, each.status) for each in site.requests()],
                sorted(site.first_time_server.answered_us + site.time_server.answered_us),
                site.strikes(),
                access_points=site.access_points,
                deployed_us=site.begin_us,
                hindrances=[(each.begin_us, each.end_us) for each in self.schedule.spans],
                usual=node.usual if node.currents else {},
            )
        )

    def _outer_events(self):
        """Yield the events that the program does not cause."""
        for time_us in [*(loss.at_us for loss in self.power.losses), self.clock.us]:
            yield {"event": "cut", "time_us": time_us}
        for kind, begin_us, end_us, _ in self.schedule.spans:
            switch = _SWITCHES.get(kind)
            for time_us, is_on in ((begin_us, False), (end_us, True)) if switch else ():
                command = {"do": "wifi", "up": None, "uplink": None, switch: is_on}
                yield {"event": "done", "time_us": time_us, "command": command}

    def _table(self, uplink):
        node = self.site.node
        name, refusals = node.typed["node"]["name"], self.site.store.refusals
        return table_of(node, name, uplink, self._points, refusals.__getitem__)

    def _points(self, place):
        """Return the points (channel, time_us, value, copies, received_us) at a place."""
        stored = self.site.store.points.get(place, {})
        points = [
            (channel, time_us, value, self._received[*place, channel, time_us] - 1, received_us)
            for (channel, time_us), (value, received_us) in stored.items()
        ]
        return sorted(points, key=lambda point: point[1])
