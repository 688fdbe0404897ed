"""The program `wherry`, loaded in two steps so that Ctrl-C is silent from the first moment."""

import signal


def main():
    """Run the command line.

    Until a command changes this, Ctrl-C ends it silently: commands with cleanup work check for it
    themselves (stopping.py).
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from wherry_host.cli.commands import app
    from wherry_host.systems import use_utf8

    use_utf8()
    app()
