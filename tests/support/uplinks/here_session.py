"""HERE's session before a login, and judged answers."""

from support.uplinks.here_rig import NOW_S, settings
from support.uplinks.here_server import respond
from wherry.uplinks.here import answer
from wherry.uplinks.here import dialect as here

SETTINGS = settings()
ACCOUNT = 7


def new_session(**fields):
    session = here.Session()
    session.now = NOW_S, 0
    for name, value in fields.items():
        setattr(session, name, value)
    return session


def judged(asked, session, status, body=None, headers="", octets=None):
    response = respond(status, body, headers, octets)
    return answer.judge(asked, SETTINGS, session, response, 3, ACCOUNT)
