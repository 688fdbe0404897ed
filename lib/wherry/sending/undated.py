"""Settles rows of a boot that is over and never learned the time, as `undated` of [time] says.

Loaded on demand.
"""

from micropython import const

from wherry.rows.frame import UNDATED
from wherry.sending import verdict
from wherry.sending.outcome import Outcome

# The readings dropped in one step.
_COUNT_MAX = const(200)


def settle(upload, boot: int) -> Outcome:
    """Return the Outcome for the undated rows at the cursor; `boot` is the current one.

    With "estimate" they wait for the time, which then dates them; see time/estimates.py. Rows that
    have no estimate after that are held.
    """
    batch, choice = upload.batch, upload.settings.get("undated")
    if choice == "drop":
        _drop(upload)
        return Outcome(verdict.AGAIN, "readings without a time are dropped")
    if not choice and batch.date(UNDATED, boot, 0, 0) is None:
        return Outcome(None)
    from wherry.sending.refusal import refusals

    refusals.begin_trouble(upload)
    upload.trouble.aside = 1, 0, "boot %d: no time" % batch.boot
    return Outcome(verdict.AGAIN, "a reading without a time is set aside")


def _drop(upload):
    """Count the undated readings of one boot as dropped, and move the cursor past them."""
    batch, boot, date = upload.batch, upload.batch.boot, upload.batch.date
    batch.skip = batch.count = 0
    batch.start(
        lambda flags, own, s, ms: (s, ms) if own == boot else date(flags, own, s, ms), _COUNT_MAX
    )
    while batch.next() and batch.reader.rows.boot == boot:
        batch.take(batch.mask)
    upload.ledger.dropped += batch.count
    batch.count = 0  # No reading is delivered.
    upload.deliver()
