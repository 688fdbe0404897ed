"""What a node leaves behind, read as docs/spec.md has it: nothing of lib/ is imported."""
