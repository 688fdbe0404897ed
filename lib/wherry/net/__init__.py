"""Host names."""
