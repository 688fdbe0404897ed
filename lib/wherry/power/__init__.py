"""How far a battery may be used."""
