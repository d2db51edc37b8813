"""The Concurrency Manager, and the Concurrency Visualizer that shows its work."""
