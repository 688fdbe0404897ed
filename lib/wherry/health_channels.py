"""The node's own channels, which come behind those of its sensors; wherry/health.py fills them."""

_NAMES = (
    "boots reset_cause row sampled delivered waiting set_aside dropped thinned damaged gaps"
    " sensor_errors crashes clock_error_ms rssi denied"
)
CHANNELS = tuple([("node_" + name, "", 0) for name in _NAMES.split()])
