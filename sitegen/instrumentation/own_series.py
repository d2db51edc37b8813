"""The names of what sitegen measures of itself: the series of the metric source `self`."""

PUBLISHED = "sitegen_last_build_timestamp_seconds"
"""Stored by every build that published a site, and by no other."""

REQUESTS = "sitegen_http_requests_total"
"""Stored as what a cycle counted; the exposition names the family without its ending, as OpenMetrics asks."""

OWN_SERIES = {
    "sitegen_up": "Whether this cycle's build was published (1) or failed (0); absent where no build ran.",
    "sitegen_build_duration_seconds": "How long the build took, from the start of its process.",
    "sitegen_build_drift_seconds": "How long after its slot the build began.",
    "sitegen_build_files_changed": "Files that differ from the build before.",
    "sitegen_build_problems": "Faults of the world that the build met.",
    "sitegen_section_duration_seconds": "How long a section took, from its first task to its last.",
    "sitegen_asset_bytes": "Size of the published site, by kind of file.",
    PUBLISHED: "When the last build that was published began.",
    "sitegen_http_requests": "Requests in the preview server's access log, by class of status.",
    "sitegen_probe_up": "Whether a probe was answered as expected (1) or not (0); absent where it did not run.",
    "sitegen_probe_latency_seconds": "How long a probe's answer took.",
}

OWN_QUERIES = tuple(REQUESTS if f"{name}_total" == REQUESTS else name for name in OWN_SERIES)
"""The names by which panels ask for them: a contract, so a name may come but none goes or changes."""
