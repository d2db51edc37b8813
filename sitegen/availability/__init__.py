"""The Prober, and the arithmetic of availability."""
