"""The figures of `scripts/bench.py`, a file for each kind."""
