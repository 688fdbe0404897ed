"""The errors that a user can fix: each message states the problem and the remedy."""


class ToolError(Exception):
    """The base class; the command line prints these errors without a traceback."""


class BoardError(ToolError):
    """A board that is missing or has faults in its file; the message has a line for each."""


class DeployError(ToolError):
    """A board or image could not be written."""


class NoPortError(DeployError):
    """No port of this computer can be a board's."""


class FlashError(ToolError):
    """An image is not for the board, or the board does not accept it."""


class OrderError(ToolError):
    """An order cannot be given to a node, or was not carried out."""


class PlaceError(ToolError):
    """A folder is not a node's, or a table in it cannot be read."""


class EmptyPlaceError(PlaceError):
    """A folder has no data of a node yet."""
