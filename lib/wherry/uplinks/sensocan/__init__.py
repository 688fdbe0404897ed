"""SensoCan."""
