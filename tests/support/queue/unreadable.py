"""A module that cannot be read because the flash is damaged."""

raise OSError(5, "EIO")
