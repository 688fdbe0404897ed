"""A module that a damaged flash does not give."""

raise OSError(5, "EIO")
