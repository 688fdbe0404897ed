"""All commands of `wherry`."""

COMMANDS = (
    "demo", "server", "board", "new", "flash", "deploy", "check", "battery", "year", "scan",
    "doctor", "logs", "boards", "sensors", "queue", "audit", "fault", "ttn-payload",
)  # fmt: skip
OF_QUEUE = "dump", "stats", "aside", "flush", "replay", "resend", "cancel"
ALL = [(), *((name,) for name in COMMANDS), *(("queue", name) for name in OF_QUEUE)]
