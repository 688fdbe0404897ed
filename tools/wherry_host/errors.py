"""The errors that a person can put right: each text says what was seen and what helps."""


class ToolError(Exception):
    """The root of them; the command line prints these without a traceback."""


class BoardError(ToolError):
    """A board that is missing, or whose file is wrong; the text has a line for each fault."""


class DeployError(ToolError):
    """A board, or its image, that could not be written."""


class NoPortError(DeployError):
    """No port of this computer may be a board's."""


class FlashError(ToolError):
    """An image that is not for the board, or a board that does not take it."""


class OrderError(ToolError):
    """An order that a node cannot be given, or has not carried out."""


class PlaceError(ToolError):
    """A place that is not a node's, or a table that cannot be read."""


class EmptyPlaceError(PlaceError):
    """A place that holds nothing of a node yet."""
