"""The queue on a raw partition."""
