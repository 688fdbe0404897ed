"""`python -m wherry_host.cli`: the program `wherry`."""

from wherry_host.cli import main

main()
