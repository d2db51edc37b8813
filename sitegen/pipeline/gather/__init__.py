"""Gathering: one file a section; each returns what it found with its problems and never raises."""
