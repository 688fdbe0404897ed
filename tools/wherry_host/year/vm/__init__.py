"""The engine `vm`: each wake is a fresh MicroPython with the files of a deployed node."""
