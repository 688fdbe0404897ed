"""What an uplink with a session or several keys remembers from one request to the next."""


class Session:
    """What every such uplink may have; a dialect's own Session adds its fields.

    now: the true time as (s since 2000, ms), set before each request. key: the index of the key in
    use; tried: how many were, one after the other. held: the channels in quarantine.
    report, pause_s, apply, shadow: see server_requests.py. scan: what the radios hear, see
    firmware/scans.py.

    A class without methods, because those keep their module in the heap.
    """

    # The fields that outlive a deep sleep.
    KEPT = ("key", "held")
    # Whether one of those was set since they were saved.
    has_changed = False
    now = 0, 0
    key = 0
    tried = 1
    held = []
    report = ""
    pause_s = 0
    apply = scan = None
    shadow = {}
