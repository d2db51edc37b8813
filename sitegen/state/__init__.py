"""What survives a run: history, last known good, sources, the lock."""
