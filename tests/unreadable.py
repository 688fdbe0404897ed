"""A module that cannot be read because of a damaged flash."""

raise OSError(5, "EIO")
