"""What every drawing is made of: scales, axes, columns, names, and the one place that escapes for SVG."""
