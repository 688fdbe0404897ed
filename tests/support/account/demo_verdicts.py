"""Checks of a demo's end: a proof, an accusation, or a stall of this computer."""

PROVEN, ACCUSED, NOT_PROVEN = 0, 1, 3
_BALANCES = "The account balances against the database: nothing lost"
_STALLED = "not proven: this computer stalled for"


def check_honest(code, output, words=_BALANCES):
    """Check the exit code and the output of an honest node's demo.

    The output of a proof contains `words`; pass other words for a demo with `--quiet`.
    """
    assert code in (PROVEN, NOT_PROVEN), output
    if code == PROVEN:
        assert words in output and _STALLED not in output, output
    else:
        assert _BALANCES not in output, output


def check_accused(code, output, words):
    """Check that a lying node's demo prints a problem that contains all `words`.

    On a computer that was too busy, it is enough that the node is not cleared.
    """
    assert code in (ACCUSED, NOT_PROVEN) and _BALANCES not in output, output
    lines = output.partition("The account does not balance:")[2].splitlines()
    if code == ACCUSED:
        assert any(all(word in line for word in words) for line in lines), output
    else:
        assert _STALLED in output, output
