"""The write endpoint: points as lines of text; one bad line refuses the request.

The official server stores the good lines of such a request, which a client cannot tell from its
answer. Source: InfluxDB 1.8, "Line protocol reference" and "/write HTTP endpoint".
"""

import re

from wherry_host.server.dialect import Answer, Api, Intake, Route

DATABASE = "garden"
_MESSAGES = {
    401: "authorization failed",
    404: f'database not found: "{DATABASE}"',
    413: "Request Entity Too Large",
    500: "engine: unexpected error",
}
_LINE = re.compile(
    r"(?P<node>(?:\\.|[^\\, =])+),channel=(?P<channel>(?:\\.|[^\\, =])+)"
    r" value=(?P<value>-?\d+(?:\.\d+)?) (?P<ms>\d{1,15})"
)


class Influx(Api):
    """The API; `token` may write to the one database."""

    name = "influx"
    prefix = "/write"

    def __init__(self, account, profile):
        self.token = account.token

    def routes(self):
        """Return the only route."""
        return [Route("/write", self._read)]

    def refusal(self, status):
        """Return this API's answer for a status that a fault or a limit requires."""
        return Answer(status, {"error": _MESSAGES.get(status, "refused")})

    def not_found(self, method, path):
        """Return the answer to a path that nothing serves."""
        return Answer(404, b"404 page not found\n")

    def method_not_allowed(self, allowed):
        """Return the answer to a known path that is requested with another method."""
        return Answer(405, {"error": "Method Not Allowed"}, {"allow": allowed})

    def sender(self, request, body):
        """Return the node of a body's first line."""
        points = _points(body)
        return points[0][0] if points else ""

    def _read(self, request, body, now_us):
        if request.headers.get("authorization", "") != f"Token {self.token}":
            return self.refusal(401)
        if request.query_params.get("db") != DATABASE:
            return self.refusal(404)
        try:
            points = _points(body)
        except ValueError as error:
            return Answer(400, {"error": str(error)})
        return Intake(points, lambda count: Answer(204))


def _points(body):
    """Return the points of a body as (node, channel, time_us, value).

    Raises ValueError for a line that is not a point.
    """
    found = []
    for line in body.decode("utf-8").split("\n"):
        if not line:
            continue
        point = _LINE.fullmatch(line)
        if not point:
            raise ValueError(f"unable to parse '{line[:40]}': invalid line")
        node, channel = (re.sub(r"\\(.)", r"\1", point[key]) for key in ("node", "channel"))
        found.append((node, channel, int(point["ms"]) * 1000, float(point["value"])))
    return found
