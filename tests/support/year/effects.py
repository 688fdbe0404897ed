"""The console line by which each kind of fault shows in a node."""

SILENT = "name server 192.168.4.1 does not answer"
RESET, LATE = "the server refused or reset the connection", "no answer in time"
#: {kind: a part of a line}.
LINES = {
    "access_point": "network not found", "internet": SILENT, "dns_silent": SILENT,
    "dns_unknown": "no such name", "dns_forged": SILENT, "ntp_silent": "no time from",
    "ntp_far": "needs another source",
    "ntp_kiss": "kiss of death RATE", "ntp_unsynchronised": "server has no time",
    "ntp_forged": "no time from", "certificate_expired": "validity has expired",
    "certificate_early": "validity starts in the future",
    "certificate_other": "not correctly signed by the trusted CA",
    "certificate_name": "does not match with the expected CN", "port_closed": RESET,
    "silence": LATE, "line_cut": RESET, "answer_cut": RESET, "line_stall": LATE,
    "answer_lost": RESET, "moved": "HTTP 301", "refused": "HTTP 400", "denied": "HTTP 401",
    "forbidden": "HTTP 403", "missing": "HTTP 404", "timed_out": "HTTP 408",
    "too_large": "HTTP 413", "busy": "HTTP 429; again in",
    "busy_until": "HTTP 429; next try in 30",
    "server_error": "HTTP 500", "bad_gateway": "HTTP 502", "unavailable": "HTTP 503",
    "bad_channel": "HTTP 400", "stored_less": "the server took 0 of 1",
    "web_page": "HTTP 200, but a web page",
    "key_replaced": "refused; trying key 2 of 2",
    "sensor_absent": "no answer", "sensor_timeout": "bus timeout", "sensor_stuck": "not ready",
}  # fmt: skip
