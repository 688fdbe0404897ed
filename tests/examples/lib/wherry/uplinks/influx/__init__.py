"""InfluxDB's line protocol, as servers of version 1.8 and 2 take it at /write."""
