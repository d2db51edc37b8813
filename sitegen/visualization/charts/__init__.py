"""The kinds of charts: one file each, values in, SVG out."""
