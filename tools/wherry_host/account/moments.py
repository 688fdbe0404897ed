"""The format of times in reports of differences."""

from datetime import UTC, datetime


def moment(time_us):
    """Return the time of day of a true Unix us, to the millisecond."""
    if time_us is None:
        return "an unknown time"
    time = datetime.fromtimestamp(time_us / 1e6, UTC)
    return time.strftime("%H:%M:%S.") + f"{time.microsecond // 1000:03d}"
