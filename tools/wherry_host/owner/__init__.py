"""The owner's side of a node: its stored data, the proof from a server's table, and orders."""
