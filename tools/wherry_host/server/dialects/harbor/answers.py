"""The answers of Harbor v2; those recorded from the official server are verbatim."""

from wherry_host.server.dialect import Answer

_SERVER_ERROR = "Internal Server Error"

# One refusal per status, for limits and faults whose cause is not in the body.
_REFUSALS = {
    400: {"message": "Validation Error", "details": "Payload refused"},
    401: {"message": "Invalid API key"},
    403: {"message": "Invalid API key"},
    404: {"message": _SERVER_ERROR, "details": "Harbor not found"},
    422: {"message": "Validation Error", "details": "Payload does not match the schema"},
    429: {"message": "Too Many Requests", "details": "Rate limit exceeded"},
    500: {"message": _SERVER_ERROR, "details": "An unexpected internal server error occurred."},
}


def answer(code, /, **body):
    """Return an answer of status `code` with the headers that every Harbor answer has."""
    return Answer(code, body, {"vary": "Origin"})


def refusal(status):
    """Return the answer for a status, whatever its cause."""
    if status == 413:
        return unfit(status, "Request Entity Too Large")
    return answer(status, **_REFUSALS.get(status, {"message": "Error"}))


def unfit(status, details):
    """Return the answer to input refused before it is a request; it ends the connection."""
    return Answer(status, {"message": _SERVER_ERROR, "details": details}, {"connection": "close"})


def key_missing(status):
    """Return the answer to a request without a key."""
    return answer(status, message="API key is missing")


def invalid(details):
    """Return the answer to a point that fails validation."""
    return answer(400, message="Validation Error", details=details)


def unreadable(details):
    """Return the answer to a body that is not the expected JSON."""
    return answer(400, message="Invalid request body", details=details)


def no_number():
    """Return the answer to a single object without a number."""
    details = "Payload contained no valid 'value' or numeric metrics."
    return answer(400, message="No valid data found", details=details)


def batch_refused(details):
    """Return the answer to a batch without an accepted point."""
    return answer(400, message="Batch Processing Error", details=details)


def unstorable():
    """Return the answer to a valid number or time that cannot be written."""
    return answer(500, message=_SERVER_ERROR, details="Failed to prepare data")


def queued(code, count, ship):
    """Return the answer to stored points; `ship` is the ship of the first point."""
    return answer(code, count=count, ship_id=ship, status="Data received and queued")


def not_found(method, path):
    """Return the answer to a path that nothing serves."""
    return answer(404, message=_SERVER_ERROR, details=f"Cannot {method} {path}")


def method_not_allowed(allowed):
    """Return the answer to a known path that is requested with another method."""
    refused = answer(405, message=_SERVER_ERROR, details="Method Not Allowed")
    refused.headers["allow"] = allowed
    return refused
