"""The dialects of servers, one room each: `dialect` makes requests and judges answers."""
