"""The judge of a simulated life: the place of each reading, and what excuses the others."""
