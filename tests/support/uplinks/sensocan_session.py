"""SensoCan's session, and answers to it."""

import json

from support.uplinks.answer import Answer
from support.uplinks.sensocan_rig import NOW_S
from wherry.uplinks.sensocan import dialect as sensocan


def answer(status, content="", left=None):
    text = content if type(content) is str else json.dumps(content)
    headers = {} if left is None else {"x-ratelimit-remaining": left}
    return Answer(status, text.encode()[:1024], headers)


def new_session():
    session = sensocan.Session()
    session.now = NOW_S, 0
    return session


def failed(errors):
    return {"message": "Validation failed.", "errors": errors}
