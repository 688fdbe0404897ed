"""Actions: what the node does after an answer, see decision.py."""

from micropython import const

KEEP = const(0)  # Nothing, and the dialect's verdict is kept.
DELIVER = const(1)  # Move the cursor past the batch.
LATER = const(2)  # Nothing: send it again in a later upload.
STOP = const(3)  # Nothing: the node or the server is at fault, not a reading.
WAIT = const(4)  # Nothing: send it again when the server takes requests.
NEXT_KEY = const(5)  # Use the next key.
SET_BATCH_ASIDE = const(6)  # Set all readings of the batch aside.
DOUBT = const(7)  # Count the batch as perhaps stored.
# From here on, refusal/refusals.py does it.
HALVE = const(8)  # Send half of the batch.
SET_ASIDE = const(9)  # Set the first reading aside.
HOLD = const(10)  # Put the channel of the first reading in quarantine.
STRIKE = const(11)  # Count a failure; after three, send half of the batch.
PROBE = const(12)  # Send the reading after the one that the server fails on.
ACCUSE = const(13)  # The server accepts that reading: send the one that it fails on again.
