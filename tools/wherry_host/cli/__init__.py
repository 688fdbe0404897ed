"""The program `wherry`, loaded in two steps so that Ctrl-C is silent from the first moment on."""

import signal


def main():
    """Run the command line.

    Until a command says otherwise, Ctrl-C ends it without a word: what has something to clean up
    looks for it by itself (stopping.py).
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from wherry_host.cli.commands import app
    from wherry_host.systems import use_utf8

    use_utf8()
    app()
