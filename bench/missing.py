"""The error that a part of the bench raises if it lacks a program or data."""


class MissingError(Exception):
    """The text names what is missing and how to install it."""
