"""The owner's side of a node: what it keeps, what a server's table proves, and what to order."""
