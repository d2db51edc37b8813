"""The simulation of a small shop: a seed and an instant in, `Findings` out, as a site with sources would have them.

Everything follows from one story (`story.py`): what the metrics, the traces, the logs and
the probes tell of an incident agrees to the second. Noise belongs to absolute instants, so
two simulations a cycle apart agree about the time that both show.
"""
