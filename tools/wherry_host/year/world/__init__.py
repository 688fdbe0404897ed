"""The world of a simulated node: the clock, the network, the servers, the cell, the witness."""
