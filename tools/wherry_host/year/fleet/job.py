"""The common part of the lives of a fleet, and the life of one of its nodes."""

import pickle
from array import array
from functools import lru_cache
from random import Random
from typing import NamedTuple

from wherry.text import cut

from wherry_host.config.config_file import HostConfig
from wherry_host.year.engines import Engine, machine_of
from wherry_host.year.faults import fault
from wherry_host.year.judge.lateness import send_us
from wherry_host.year.judge.tally import tally
from wherry_host.year.life import Life
from wherry_host.year.node import BEGIN_US, Node
from wherry_host.year.outcome import fields
from wherry_host.year.site import Site
from wherry_host.year.world.clock import DAY_US

# With a seed after it, a name is still short enough.
_NAME_SIZE_MAX = 80


class Job(NamedTuple):
    """The common part of all lives of a fleet; it starts at `begin_us`.

    `faults` is the text of `--faults` or None.
    """

    config: HostConfig
    engine: Engine
    days: int
    faults: str | None
    begin_us: int = BEGIN_US

    @property
    def end_us(self):
        """The true time at which the lives end."""
        return self.begin_us + self.days * DAY_US


class NodeEnd(NamedTuple):
    """The end of a node's life: its seed, and the fields of `wherry year --json`.

    `requests_us` are the true times of its requests. `verdicts` are (true us, whether the limit
    refused it) of the requests that the services would accept without the limit. `settled_us` is
    the time from the end of the last fault until the readings from before it were at the servers;
    it is -1 if they were not, and 0 without a fault.
    """

    seed: int
    fields: dict
    requests_us: array
    verdicts: list
    settled_us: int


class Member:
    """A node of a fleet, before and in its life."""

    def __init__(self, job, seed):
        self._job = job
        self.seed = seed
        common = _node(pickle.dumps(job.config), job.begin_us)
        # A node's name chooses its slot, so the nodes of a fleet need different ones.
        self._node = common.renamed(f"{cut(common.typed['node']['name'], _NAME_SIZE_MAX)}-{seed}")
        typed = self._node.typed
        period_us = max(send_us(typed, each) for each in typed["uplink"])
        wait_us = Random(f"start {seed}").randrange(min(period_us, DAY_US))
        #: The true time at which the node is switched on, within the first upload period.
        self.begin_us = job.begin_us + wait_us

    def live(self, progress=lambda now_us: None, admits=None):
        """Live, and return the NodeEnd; `admits(api, now_us)` is the limit of the services."""
        job, verdicts = self._job, []

        def admitted(api, now_us):
            is_admitted = admits(api, now_us)
            verdicts.append((now_us, not is_admitted))
            return is_admitted

        site = Site(self._node, self.seed, self.begin_us)
        for server in site.services.values():
            server.admits = admits and admitted
        life = Life(site, machine_of(job.engine))
        count = len(self._node.typed["uplink"])
        faults = fault.read(job.faults, self.seed, job.days, count) if job.faults else []
        life.run(job.end_us, progress, faults, job.begin_us)
        judged = tally(life)
        requests_us = array("q", (each.time_us for each in site.requests()))
        settled_us = _settled_us(life, judged)
        return NodeEnd(self.seed, fields(life, judged, faults), requests_us, verdicts, settled_us)


def live(job, seed):
    """Live the life of a node at services without a limit, and return its NodeEnd."""
    return Member(job, seed).live()


@lru_cache(1)
def _node(config, begin_us):
    """Return the Node of a pickled HostConfig; it is built once in a process."""
    return Node(pickle.loads(config), begin_us)


def _settled_us(life, judged):
    fault_us = max((each.end_us for each in life.schedule.spans), default=None)
    if fault_us is None:
        return 0
    last_us = fault_us
    for _, _, columns in judged.columns:
        for column in columns:
            for i, time_us in enumerate(column.times_us):
                if time_us >= fault_us:
                    break
                if column.places[i] == "waiting":
                    return -1
                if column.places[i] == "delivered":
                    last_us = max(last_us, column.entries[i].received_us)
    return last_us - fault_us
