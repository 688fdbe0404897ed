"""A decoder for a node's data, written from docs/spec.md; it imports nothing from lib/."""
