"""A decoder of a node's data by docs/spec.md; nothing of lib/ is imported."""
