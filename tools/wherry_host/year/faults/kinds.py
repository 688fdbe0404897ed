"""The kinds of faults of a simulated life.

A kind is a function that begins the fault at its moment, and may return another that ends it. The
strength, from 0 to 100, is the fault's duration, or how large it is.
"""

from collections.abc import Callable
from typing import NamedTuple

from wherry_host.year.faults.chip_kinds import (
    break_sensor,
    brown_out,
    cut,
    deploy,
    drift,
    press_button,
)
from wherry_host.year.faults.flash_kinds import flip_bits
from wherry_host.year.faults.network_kinds import (
    lose_access_point,
    lose_internet,
    mislead,
    move_access_point,
    offset_ms,
    renumber,
    roam,
    switch,
)
from wherry_host.year.faults.server_kinds import a_channel, certify, early, few, replace_key, serve

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_OUTAGE = _MINUTE_S, 3 * _DAY_S
_TROUBLE = _MINUTE_S, 12 * _HOUR_S


class Kind(NamedTuple):
    """`begin(life, fault)` begins a fault; `span_s` are its shortest and longest durations.

    `a_year` is the mean number in a year of a life that has the kind; with None, only a life that
    names the kind has it. `has_servers` is True for a fault of the servers, which may be that of
    one uplink.
    """

    begin: Callable
    span_s: tuple = (0, 0)
    a_year: float | None = 12
    has_servers: bool = False


def _of_servers(begin, span_s=(0, 0)):
    return Kind(begin, span_s, has_servers=True)


KINDS = {
    "access_point": Kind(lose_access_point, _OUTAGE),
    "channel": Kind(move_access_point),
    "roam": Kind(roam, _OUTAGE),
    "lease": Kind(renumber, _OUTAGE),
    "internet": Kind(lose_internet, _OUTAGE),
    "dns_silent": Kind(switch("name_server", "dead", True), _TROUBLE),
    "dns_unknown": Kind(switch("name_server", "nxdomain", True), _TROUBLE),
    "dns_forged": Kind(switch("name_server", "wrong_id", True), _TROUBLE),
    "ntp_silent": Kind(switch("time_server", "dead", True), _OUTAGE),
    "ntp_wrong": Kind(switch("time_server", "offset_ms", offset_ms), _TROUBLE),
    "ntp_far": Kind(mislead, _OUTAGE),
    "ntp_kiss": Kind(switch("time_server", "kiss", "RATE"), _TROUBLE),
    "ntp_unsynchronised": Kind(switch("time_server", "unsynchronised", True), _TROUBLE),
    "ntp_forged": Kind(switch("time_server", "wrong_origin", True), _TROUBLE),
    "certificate_expired": _of_servers(certify("expired"), _OUTAGE),
    "certificate_early": _of_servers(certify("not_yet_valid"), _TROUBLE),
    "certificate_other": _of_servers(certify("other_authority"), _TROUBLE),
    "certificate_name": _of_servers(certify("wrong_name"), _TROUBLE),
    "port_closed": _of_servers(serve("refuse"), _OUTAGE),
    "silence": _of_servers(serve("silence"), _TROUBLE),
    "line_cut": _of_servers(serve("cut", after_size=early, direction="up", times=few)),
    "answer_cut": _of_servers(serve("cut", after_size=early, times=few)),
    "line_stall": _of_servers(serve("stall", after_size=early, direction="up", times=few)),
    "answer_lost": _of_servers(serve("drop", times=few)),
    "moved": _of_servers(serve("status", status=301), _TROUBLE),
    "refused": _of_servers(serve("status", status=400), _TROUBLE),
    "denied": _of_servers(serve("status", status=401), _OUTAGE),
    "forbidden": _of_servers(serve("status", status=403), _TROUBLE),
    "missing": _of_servers(serve("status", status=404), _TROUBLE),
    "timed_out": _of_servers(serve("status", status=408), _TROUBLE),
    "too_large": _of_servers(serve("status", status=413), _TROUBLE),
    "busy": _of_servers(serve("status", status=429), _TROUBLE),
    "busy_until": _of_servers(serve("status", status=429, retry_after_s=30), _TROUBLE),
    "server_error": _of_servers(serve("status", status=500), _OUTAGE),
    "bad_gateway": _of_servers(serve("status", status=502), _TROUBLE),
    "unavailable": _of_servers(serve("status", status=503, retry_after_s=120), _TROUBLE),
    "bad_channel": _of_servers(serve("poison", channel=a_channel), _TROUBLE),
    "stored_less": _of_servers(serve("short", channel=a_channel), _TROUBLE),
    "key_replaced": _of_servers(replace_key),
    "web_page": Kind(serve("page"), _TROUBLE, a_year=None, has_servers=True),
    "sensor_absent": Kind(break_sensor("absent"), _OUTAGE),
    "sensor_timeout": Kind(break_sensor("timeout"), _TROUBLE),
    "sensor_stuck": Kind(break_sensor("stuck"), _TROUBLE),
    "flash_bits": Kind(flip_bits),
    "power_cut": Kind(cut),
    "brown_out": Kind(brown_out, a_year=24),
    "button": Kind(press_button, a_year=24),
    "deploy": Kind(deploy),
    "drift": Kind(drift, a_year=0),
}  # fmt: skip
