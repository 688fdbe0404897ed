"""The rows that write.py puts into each store, by their numbers. This file never changes."""

START_S = 848_000_000
_UNDATED_COUNT = 10


def row_of(number, channel_count):
    """Return the arguments of Queue.append for a row; the last channel is the node's own."""
    own = 1 << channel_count - 1
    mask = own if number % 20 == 19 else 2 if number % 13 == 5 else own - 1
    all_values = [2150 + number * 7 % 31, 4800 - number * 5 % 17, 101_325 + number * 3 % 11]
    all_values[channel_count - 1 :] = [number]
    values = [value for index, value in enumerate(all_values) if mask >> index & 1]
    if number < _UNDATED_COUNT:
        return 2, 4, 60 * number, 0, mask, values
    return 0, 0, START_S + 60 * number + number // 9, 0, mask, values
