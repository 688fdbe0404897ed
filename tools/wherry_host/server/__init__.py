"""The local server: every dialect's answers, a database behind them, and faults on purpose."""
