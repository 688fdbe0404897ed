"""Two other nodes for comparison: published code, on the same board and cell, with the same rows.

Harbor's sketch (TelemetryHarbor/harbor-esp32-bme280): joins Wi-Fi and uploads for each row.
Enviro (pimoroni/enviro): writes rows to files, uploads after five, connects for each row.
"""

from wherry_host.energy.profile import MC_OF_MAH
from wherry_host.energy.workload import DAY_S

# A full Wi-Fi join with DHCP, and a handshake that does not check the certificate.
_COLD_S, _UNVERIFIED_S = 2.1, 1.3
_SKETCH_START_S, _SKETCH_FAIL_S = 0.06, 3
_ENVIRO_AWAKE_S, _ENVIRO_ROWS, _ENVIRO_POLL_S = 1.4, 5, 0.5


def sketch_mah(profile, work):
    """Return the mAh per day of Harbor's sketch at the workload's sampling period."""
    p = profile.usual()
    talk_s = p["reach_s"] + _UNVERIFIED_S + p["request_s"] + p["time_s"] + p["close_s"]
    talk_s += work.readings * p["reading_s"]
    wake_mc = (p["boot_s"] + _SKETCH_START_S) * p["cpu_ma"] + work.sensing_s * p["wait_ma"]
    wake_mc += _COLD_S * p["join_ma"]
    wake_mc += talk_s * p["radio_ma"] + p["fail_share"] * _SKETCH_FAIL_S * p["join_ma"]
    return (p["sleep_ma"] * DAY_S + wake_mc * DAY_S / work.sample_s) / MC_OF_MAH


def enviro_mah(profile, work):
    """Return the mAh per day of Enviro's policy at the workload's sampling period."""
    p = profile.usual()
    rows = DAY_S / work.sample_s
    sample_mc = (p["boot_s"] + _ENVIRO_AWAKE_S) * p["cpu_ma"] + work.sensing_s * p["wait_ma"]
    each_s = p["reach_s"] + p["tls_s"] + p["request_s"] + work.readings * p["reading_s"]
    talk_s = _ENVIRO_ROWS * each_s + p["time_s"] + p["close_s"]
    upload_mc = (_COLD_S + _ENVIRO_POLL_S) * p["join_ma"] + talk_s * p["radio_ma"]
    upload_mc += p["fail_share"] * p["fail_s"] * p["join_ma"]
    charge_mc = p["sleep_ma"] * DAY_S + rows * (sample_mc + upload_mc / _ENVIRO_ROWS)
    return charge_mc / MC_OF_MAH
