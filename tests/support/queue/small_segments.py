"""Small segments, for tests of queues with many of them."""

from wherry.rows import segment


def small_segments(size_full):
    """Run a test with segments that are full at `size_full` bytes."""

    def decorated(test):
        def run():
            before = segment.SIZE_FULL
            segment.SIZE_FULL = size_full
            try:
                test()
            finally:
                segment.SIZE_FULL = before

        return run

    return decorated
