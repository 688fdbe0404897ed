"""The chip as a program on CPython sees it: modules, flash, sockets, TLS."""
