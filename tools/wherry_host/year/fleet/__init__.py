"""Many nodes of one configuration, at the same services."""
