"""The smallest valid configuration, for tests of something else."""

WITHOUT_SENSORS = """
[[wifi]]
ssid = "garden"
[[uplink]]
kind = "harbor"
harbor_id = 123
api_key = "hush-hush"
"""
PLAIN = f"""{WITHOUT_SENSORS}ca = "roots.pem"
[[sensor]]
driver = "bme280"
"""
