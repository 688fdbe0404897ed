"""The judge finds and names every lie planted into a node, and clears an honest node."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.account.demo_verdicts import check_honest
from support.account.lying_nodes import HONEST, LIES, demo, planted

SEED = 7
# A demo spends most of its time waiting.
AT_ONCE = 2


def reported(folder, lie):
    """Return (exit code, output) of a demo with a lie."""
    folder.mkdir()
    options = {"--seed": SEED, "--seconds": lie.seconds, "--scale": lie.scale}
    words = [str(word) for option in options.items() for word in option]
    return demo(planted(folder, lie), *words)


@pytest.fixture(scope="module")
def demos(tmp_path_factory):
    """Run all demos, some at a time."""
    root = tmp_path_factory.mktemp("lies")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = {
            lie: pool.submit(reported, root / str(i), lie) for i, lie in enumerate([HONEST, *LIES])
        }
        yield found


def test_an_honest_node_balances(demos):
    check_honest(*demos[HONEST].result(), words="nothing lost, nothing twice")


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_found_and_named(demos, lie):
    code, output = demos[lie].result()
    assert code == 1, output
    lines = output.partition("The account does not balance:")[2].splitlines()
    assert any(all(word in line for word in lie.words) for line in lines), output
