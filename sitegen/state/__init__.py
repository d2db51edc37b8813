"""What survives a run: history, last known good, breakers, the lock."""
