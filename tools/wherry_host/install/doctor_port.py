"""A board at a serial port whose sensors and network are tested, step by step."""

import ast
import json

import wherry

from wherry_host.compile.compiled import compiled_as_is
from wherry_host.compile.slot_modules import of_network
from wherry_host.config import boards
from wherry_host.errors import ToolError
from wherry_host.install.doctor_code import DOCTOR_CODE
from wherry_host.install.sensor_code import SENSOR_CODE
from wherry_host.install.sensor_port import SensorPort
from wherry_host.install.trial_point import Answer

_JOIN_S = 40
_LOOKUP_S = 10
_EXCHANGE_S = 30


class StepError(ToolError):
    """A failed step of the network test; the message is the node's."""


class DoctorPort(SensorPort):
    """A SensorPort that joins Wi-Fi and contacts servers with the firmware's own link.

    Call `link` before any network step. Each step may raise StepError.
    """

    OWN_CODE = SENSOR_CODE + DOCTOR_CODE

    def link(self, config, board_name):
        """Replace the content of the board's heap with the link of a HostConfig."""
        self.clear()
        paths = of_network(config.typed, boards.load(board_name))
        sources = {f"{name}.py": path.read_text("utf-8") for name, path in paths.items()}
        roots = {f"ca/{name}": der for name, der in config.ca.items()}
        self._put_modules(compiled_as_is(sources) | roots)
        self._exec("_mounted()")
        typed = {key: config.typed[key] for key in ("wifi", "time", "node")}
        self._exec(f"_linked({json.dumps(typed)!r}, {wherry.DATE_S})")

    def join(self):
        """Join Wi-Fi; return (name, dBm, (address, mask, router, name server))."""
        return self._step("_joined", _JOIN_S)

    def address(self, host):
        """Return the IPv4 address of a host."""
        return self._step("_named", _LOOKUP_S, host)

    def true_ms(self):
        """Return a time server's current time in ms since 2000-01-01 UTC."""
        return self._step("_true_ms", _LOOKUP_S)

    def exchange(self, method, url, headers, body, ca):
        """Send a request, over TLS if `ca` names CA files; return a trial_point.Answer.

        `headers` are pairs (name, value).
        """
        found = self._step("_answered", _EXCHANGE_S, method, url, headers, body, tuple(ca))
        return Answer(*found)

    def _step(self, function, limit_s, *arguments):
        rest = "".join(f", {argument!r}" for argument in arguments)
        printed = self._exec(f"_tried({function}, {limit_s}{rest})").decode()
        is_right, found = ast.literal_eval(printed.splitlines()[-1])
        if not is_right:
            raise StepError(found)
        return found
