"""The effect of a request fault on an acceptable request: what is stored, and the answer."""

from wherry_host.server.dialect import Answer

_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in to this network</title></head>"
    b"<body><form method=post><input name=room><button>Sign in</button></form></body></html>"
)


def take(store, api, intake, fault, now_us):
    """Store the points of an Intake unless a fault prevents it, and return the Answer.

    `store` has `add` and `refuse`, as in store.py; `fault` is a Fault or None. The status 0 means
    that the connection is to be cut instead of an answer.
    """
    name, points = intake.api or api.name, intake.points
    if fault is None:
        store.add(name, points, now_us, intake.items)
        answer = intake.accept(len(points))
        if intake.left_out:
            store.refuse(name, points + intake.left_out, now_us, 200, answer.content)
        return answer
    if fault.kind in ("status", "poison"):
        answer = _refusal(api, fault)
        store.refuse(name, points, now_us, answer.status, answer.content)
        return answer
    if fault.kind == "page":
        return Answer(200, _PAGE, {"content-type": "text/html; charset=utf-8"})
    if fault.kind == "short":
        asked, points = points, without(points, fault)
        store.add(name, points, now_us, intake.items)
        answer = intake.accept(len(points))
        if len(points) < len(asked):
            store.refuse(name, asked, now_us, answer.status, answer.content)
        return answer
    if fault.kind == "drop":
        store.add(name, points, now_us, intake.items)
        return Answer(0)
    return intake.accept(len(points))


def _refusal(api, fault):
    answer = api.refusal(400 if fault.kind == "poison" else fault.status)
    if fault.retry_after_s is not None:
        answer.headers["retry-after"] = str(fault.retry_after_s)
    if 300 <= answer.status < 400:
        answer.headers["location"] = fault.location
    if answer.status == 304:
        answer.body = None
    return answer


def without(points, fault):
    """Return the points that a fault "short" leaves."""
    if fault.channel is None:
        return points[:-1]
    return [point for point in points if not fault.singles_out(point)]
