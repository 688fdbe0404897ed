"""The server's answers that the page can switch on, as faults."""

from wherry_host.server.faults import Fault

FAULTS = {
    "ok": [],
    "429": [{"kind": "status", "status": 429, "retry_after_s": 5}],
    "500": [{"kind": "status", "status": 500}],
    "silence": [{"kind": "silence"}],
}
WORDS = tuple(FAULTS)


def word_of(faults):
    """Return the word for the active Faults, or "other" for faults without a switch."""
    now = [_plain(fault) for fault in faults]
    known = {word: [_plain(Fault(**each)) for each in on] for word, on in FAULTS.items()}
    return next((word for word, on in known.items() if on == now), "other")


def _plain(fault):
    """Return the action of a fault, without its counts and its Retry-After."""
    return fault.model_dump(exclude={"struck", "times", "retry_after_s"})
