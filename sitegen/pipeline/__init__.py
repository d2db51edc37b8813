"""One cycle, in the order of the specification's sentence; `build.py` says it."""
