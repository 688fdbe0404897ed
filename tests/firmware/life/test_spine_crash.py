"""Crashes, power cuts and deep sleeps at random moments of a node's life, under a random network.

The battery's model falls so fast that its voltage identifies the time of its reading: the same
measurement under two stamps, or a stamp on the wrong row, is detected. The seed chooses the ends
and the network; the instruction at which an end occurs is random. tests/soak.py runs
`live_through` with other seeds.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from support.boards.life import live_through

SEED = 20261120


LIVES = {
    "sleeps": {"kills": 50, "cuts": 50, "sleeps": 100},
    "mains": {"kills": 50, "cuts": 50},
    "writes": {"writes": 50},
}


@pytest.fixture(scope="module")
def lives(tmp_path_factory):
    """Run all lives in parallel: a node waits for most of its life.

    Each runs in its own process, because threads of one process would wait for each other.
    """
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        folders = {name: tmp_path_factory.mktemp(name) for name in LIVES}
        yield {
            name: pool.submit(live_through, folders[name], SEED, **ends)
            for name, ends in LIVES.items()
        }


@pytest.mark.parametrize("name", LIVES)
def test_no_row_is_lost_or_stored_twice(lives, name):
    counts = lives[name].result()
    print(counts)
    assert counts.items() >= LIVES[name].items()
