"""The Trace Aggregator: spans in, traces and service edges out."""
