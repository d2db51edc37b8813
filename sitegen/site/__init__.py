"""The site as values: its pages, its twins for machines, and the one writer."""
