"""The Metric Collector: queries in, series out."""
