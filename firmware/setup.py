"""From settings to a node: puts the parts together, each loaded when it is needed first."""

import os
import sys

import chip
import machine
from wherry import forget, once

_DATA = "/data"
_ORDERS = "/data/orders"


def make_node(settings, watchdog):
    """Return (ports, node), recovered from whatever ended the last run."""
    stage, clock, queue, after_accident = _recover(settings)
    ports = chip.Ports(watchdog, settings["power"]["source"] == "battery", after_accident)
    sampler = _sampler(settings["sensor"], settings["board"], ports)
    name = settings["node"]["name"]
    uploads = []
    for section in settings["uplink"]:
        uploads.append(_upload(section, name, queue, clock))
    if getattr(queue, "older", None):
        once("wherry.ring_older", "let_go", queue, uploads)
    link = None
    remembers = max([upload.remembers for upload in uploads])
    # A wake that only keeps a row needs no link; made later, it takes more heap.
    on_mains = settings["power"]["source"] == "mains"
    if on_mains or remembers or _sends(stage.state, clock):
        link = make_link(settings, stage.state, ports)
    if remembers:
        once("wherry.sessions", "begin", uploads, link)
    from wherry.node import Node

    node = Node(settings, stage, clock, queue, sampler, uploads, link, ports)
    node.reset_cause = machine.reset_cause()
    if link:
        link.idle = node.idle
    if remembers:
        once("wherry.remote", "resume", node)
    if _has_orders():
        once("wherry.orders", "begin", node, _ORDERS)
    _let_go_of_making(node, ports, sampler, queue, clock, stage, stage.state)
    return ports, node


def _let_go_of_making(*parts):
    """Let go of what has made the parts: there will be no others of their kinds."""
    for part in parts:
        type(part).__init__ = None  # pyright: ignore[reportAttributeAccessIssue]


def _sends(state, clock):
    """Return whether an upload is due."""
    return clock.ticks(chip.rtc_ms()) >= state.send_due


def _has_orders():
    try:
        return bool(os.listdir(_ORDERS))
    except OSError:
        return False  # Nobody ever ordered anything.


def _recover(settings):
    import recovery
    from wherry.channels import Channels

    of_sensors = [tuple(each) for section in settings["sensor"] for each in section["channels"]]
    channels = Channels(of_sensors)
    parts = channels, len(channels) - len(of_sensors), settings["board"]
    recovered = recovery.recover(_DATA, settings["node"], *parts)
    forget("recovery")
    return recovered


def _sampler(sections, board_data, ports):
    """Return the sampler of all sensors, whose channels come in the order of their sections."""
    from board import Board
    from wherry.sampler import Sampler

    board = Board(board_data)
    sensors = []
    for section in sections:
        module = __import__("wherry.sensors." + section["driver"], None, None, ("Sensor",))
        sensor = module.Sensor(section, board)
        # They are for checking a configuration, and that was done.
        module.OPTIONS = module.CHANNELS = None
        sensors.append((section["driver"], sensor, len(section.pop("channels"))))
    forget("board")
    return Sampler(sensors, ports.wait_ms, ports.say)


def make_link(settings, state, ports):
    """Return the Link."""
    import wherry
    from link import Link

    return Link(settings, state, ports, sys.path[0] + "/ca", wherry.DATE_S)


def _upload(section, name, queue, clock):
    module = __import__("wherry.uplinks." + section["kind"], None, None, ("next_request",))
    section["name"] = name
    label, start = section.pop("label"), section.pop("start")
    ledger = queue.ledger(label)
    # A ring's ledgers are not looked at here, for most wakes need none.
    if queue.is_thinning is not False and ledger.is_new:
        if queue.next_row:
            once("wherry.joining", "join", queue, ledger, label, start)
        else:
            ledger.save()
    selection = section.pop("selection")
    parts = label, module, section, queue, ledger, _DATA + "/aside", clock.date
    if selection or hasattr(module, "KEPT") or type(section.get("api_key")) is list:
        return once("wherry.full_upload", "make", selection, *parts)
    from wherry.upload import Upload

    return Upload(*parts)
