"""The report of a simulated life as one HTML page, from its witnesses and never from the node."""
