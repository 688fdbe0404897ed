"""The body of a request to HERE: an array of items, walked twice and never held in memory.

`measure` walks the batch for its size. `pieces` walks it again and writes it, followed by the last
item, which has the newest state. A current row is a separate item; an older row is written into
`payload.log` of a fresh item: [[Unix ms, channel, value], ...].
"""

from micropython import const

from wherry.http.digits import put_value
from wherry.reading import json_text, value_bounds
from wherry.rows.mask import mask_width
from wherry.uplinks.here.numbers import latitude_of, put_unix_ms, unix_ms

# HERE's limit for a payload, as written in the body.
_PAYLOAD_SIZE_MAX = const(1000)
# No row is started past this size, which takes only seconds to send on a weak link.
_BODY_SIZE_MAX = const(16_000)
# HERE allows an age of 10 s: the rest is for the handshake and the transfer.
_LIVE_S = const(6)
# A piece ends once it exceeds this size. The buffer also has room for the start of an item and one
# more entry: a channel's name has up to 100 bytes, or 200 if each is escaped.
_PIECE_SIZE = const(256)
_BUFFER_SIZE = const(576)

_HEAD = b'{"timestamp":'
_PAYLOAD = b',"payload":'
_LOG = b'{"log":['


def measure(session, batch, moment: tuple, trusting: bool) -> tuple:
    """Return (size, Unix ms of the last item, readings); the batch is at its first row.

    `moment` is the server's time (s, ms); `trusting` creates items for old rows too. The size is
    without the last item. Sets in the session whether there are old items (`had_old`), and the
    last time given to an item (`stamped`).
    """
    items = Items(batch, moment, trusting, None)
    for _ in items.pieces():
        pass
    session.had_old = items.had_old
    stamp = items.next_stamp()
    session.stamped = items.stamped()
    return items.size, stamp, batch.count


def pieces(size: int, last: bytes, batch, moment: tuple, trusting: bool):
    """Yield the body as measured, each piece valid until the next one; take the readings.

    Raises OSError if the content of the queue has changed since.
    """
    for piece in Items(batch, moment, trusting, bytearray(_BUFFER_SIZE)).pieces():
        size -= len(piece)
        if size < 0:
            break
        yield piece
    if size:
        raise OSError("the readings changed while they were sent")
    yield last


class Items:
    """Writes a batch's items into a buffer, piece by piece; without a buffer only measures them.

    `size` is the size of all pieces so far.
    """

    def __init__(self, batch, moment, trusting, buffer):
        self._batch = batch
        self._s, self._ms = moment
        self._trusting = trusting
        self._buffer = buffer
        self._view = buffer and memoryview(buffer)
        self._at = 0
        self.size = 0
        # The latest end of the log's payload; 0 while no log is open.
        self._log_end = 0
        # The sizes of the channels' names as JSON: the names themselves would need 1 KB.
        self._sizes = bytes([len(json_text(channel[0])) for channel in batch.channels])
        self._stamp = bytearray(13)
        self._position = None
        latitude = latitude_of(batch.channels)
        if latitude is not None:
            from wherry.uplinks.here.position import Position

            self._position = Position(batch.channels, latitude)
        self.had_old = False

    def pieces(self):
        """Yield the opening of the array, then the items, each with a comma after it.

        When only measuring, yields None for each piece. Takes only rows with the same channels as
        the first one.
        """
        batch = self._batch
        channels = batch.channels
        self._put(b"[")
        while self.size + self._at < _BODY_SIZE_MAX:
            if self._is_alone():
                self._close_log()
                yield from self._row_item()
            else:
                put_unix_ms(self._stamp, batch.s, batch.ms)
                for i in range(mask_width(batch.mask)):
                    if batch.mask >> i & 1:
                        self._put_entry(i)
                        if self._at > _PIECE_SIZE:
                            yield self._piece()
            batch.take(batch.mask)
            if not batch.next() or batch.channels is not channels:
                break
        self._close_log()
        yield self._piece()

    def next_stamp(self) -> bytearray:
        """Return the Unix ms of the next fresh item: no two share a millisecond."""
        self._ms += 1
        if self._ms > 999:
            self._ms = 0
            self._s += 1
        return unix_ms(self._s, self._ms)

    def stamped(self) -> tuple:
        """Return the last time given to a fresh item, as (s, ms)."""
        return self._s, self._ms

    def _is_alone(self):
        """Return whether the current row is sent as a separate item."""
        batch = self._batch
        # Rounded up to whole seconds: HERE does not accept stamps from the future.
        age_s = self._s - batch.s + (1 if self._ms > batch.ms else 0)
        if age_s < 1 or not (self._trusting or age_s <= _LIVE_S):
            return False
        size = 2
        for i in range(mask_width(batch.mask)):
            if batch.mask >> i & 1:
                size += 4 + self._sizes[i] + self._value_size(i)
        if size > _PAYLOAD_SIZE_MAX:
            return False
        self.had_old = self.had_old or age_s > _LIVE_S
        return True

    def _value_size(self, i):
        return value_bounds(self._batch.values[i], self._batch.channels[i][2])[0]

    def _row_item(self):
        batch = self._batch
        self._put(_HEAD, unix_ms(batch.s, batch.ms), _PAYLOAD)
        opening = b'{"'
        for i in range(mask_width(batch.mask)):
            if batch.mask >> i & 1:
                self._put(opening)
                self._put_name(i)
                self._put(b'":')
                opening = b',"'
                self._put_value(i)
                if self._at > _PIECE_SIZE:
                    yield self._piece()
        self._put(b"}")
        if self._position:
            place = self._position.text(batch.mask, batch.values, batch.s, batch.ms)
            if place:
                self._put(b',"position":', place)
        self._put(b"},")
        if self._at > _PIECE_SIZE:
            yield self._piece()

    def _put_entry(self, i):
        """Write a reading into the log, or into a new log if the open one is full."""
        # 18 bytes are the entry's brackets, commas, quotes and 13 digits, 3 the end of the log.
        size = 18 + self._sizes[i] + self._value_size(i) + 3
        if self.size + self._at + 1 + size > self._log_end:
            self._close_log()
        if self._log_end:
            self._put(b",")
        else:
            self._put(_HEAD, self.next_stamp(), _PAYLOAD)
            self._log_end = self.size + self._at + _PAYLOAD_SIZE_MAX
            self._put(_LOG)
        self._put(b"[", self._stamp, b',"')
        self._put_name(i)
        self._put(b'",')
        self._put_value(i)
        self._put(b"]")

    def _close_log(self):
        if self._log_end:
            self._put(b"]}},")
            self._log_end = 0

    def _piece(self):
        """Return the bytes written since the last piece."""
        end = self._at
        self._at = 0
        self.size += end
        return self._view and self._view[:end]

    def _put(self, *texts):
        for text in texts:
            end = self._at + len(text)
            if self._buffer:
                self._buffer[self._at : end] = text
            self._at = end

    def _put_name(self, i):
        if self._buffer:
            self._put(json_text(self._batch.channels[i][0]))
        else:
            self._at += self._sizes[i]

    def _put_value(self, i):
        value, decimals = self._batch.values[i], self._batch.channels[i][2]
        if self._buffer:
            self._at = put_value(self._buffer, self._at, value, decimals)
        else:
            self._at += value_bounds(value, decimals)[0]
