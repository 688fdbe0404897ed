"""A day of a node on a virtual board whose sleeps end at once: what its uploads cost on the wire.

The server counts its connections, each of which takes one TLS handshake, and the batches that it
has stored, one an upload.
"""

from wherry_host.demo.rig import Rig

_HOURS, _QUICK_HOURS = 24, 2
_DELIVERED = "harbor: delivered"
_WAIT_S = 60
_CHANGES = {
    "node": {"sample_every": "10 min", "send_every": "1 h", "durability": "stage"},
    "power": {"source": "battery"},
    "sensor": [{"driver": "bme280"}],
}
_BOARD = {"devices": [{"kind": "bme280", "address": 0x76}], "skips_sleep": True}


def handshakes_per_upload(quick):
    """Return how many TLS connections the server has seen for each upload of a day."""
    wanted = 1 + (_QUICK_HOURS if quick else _HOURS)
    with Rig(scale=10, config=_CHANGES, board=_BOARD) as rig:
        rig.deploy_image()
        rig.board.start()
        found = 0
        while found < wanted:
            rig.board.wait_line(_DELIVERED, _WAIT_S, len(rig.board.lines))
            # The next upload is an hour away.
            count = rig.service.proxy.connection_count
            found = sum(_DELIVERED in text for _, text in rig.board.lines)
        is_right = rig.account().balances
    return count / found if is_right else None
