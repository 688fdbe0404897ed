"""The error of a part of the bench that lacks a program or data."""


class MissingError(Exception):
    """The text names what is missing and how to install it."""
