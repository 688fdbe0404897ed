"""The clock, and how it learns the time."""
