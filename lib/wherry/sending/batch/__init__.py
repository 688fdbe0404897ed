"""The readings of a request: the oldest unsettled ones, how many, and of which channels."""
