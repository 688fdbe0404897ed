"""The owner's tools for a node: its stored data, the proof from a server's table, and orders."""
