"""The faults of a simulated life: their kinds, their text, and their draw from a seed."""
