"""The account's line on a computer that was too busy."""


def is_doubted(account, problem, doubt):
    """Return True if an Account has a problem or, on a computer that stalled, a doubt."""
    lines = account.problems or account.not_proven
    return any((problem if account.problems else doubt) in line for line in lines)
