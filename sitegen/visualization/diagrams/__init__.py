"""Drawings of spans, workers and services."""
