"""RTC memory: the state, and rows that are not yet in flash."""
