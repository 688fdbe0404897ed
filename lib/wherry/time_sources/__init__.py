"""The sources of the true time: time servers, and the dates of the uplinks' servers."""
