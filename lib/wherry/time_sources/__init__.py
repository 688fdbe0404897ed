"""The sources of the true time: time servers, the dates of the uplinks' servers, a DS3231."""
