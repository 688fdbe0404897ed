"""The memory of an uplink with a session or several keys from one request to the next."""


class Session:
    """The common fields; a dialect's own Session adds more.

    now: the true time as (s since 2000, ms), set before each request. key: the index of the key in
    use; tried: how many were tried in a row. held: the channels in quarantine.
    report, pause_s, apply, shadow: see server_requests.py. scan: the radios' scan results, see
    firmware/net/scans.py.

    The class has no methods, because methods would keep their module in the heap.
    """

    # The fields that outlive a deep sleep.
    KEPT = ("key", "held")
    # Whether one of these fields has changed since they were saved.
    has_changed = False
    now = 0, 0
    key = 0
    tried = 1
    held = []
    report = ""
    pause_s = 0
    apply = scan = None
    shadow = {}
