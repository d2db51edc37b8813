"""The patterns of sitegen's own code that `/techniques/` shows."""

from sitegen.content.authored import Excerpt

# What `/techniques/` shows: title, what it is for, and where the code lives.
TECHNIQUES = (
    ("pools per section", "Each section waits in threads of its own; drawing and rendering go to processes.", "sitegen.concurrency.processes", "ProcessPools._submit_all"),
    ("async over the sections", "A TaskGroup runs the sections side by side, so the waits of one overlap the drawing of another.", "sitegen.pipeline.gather.sections", "gather_sections"),
    ("a deadline that holds", "One instant on the monotonic clock bounds everything; retries live inside it.", "sitegen.instrumentation.clock", "Deadline.sooner"),
    ("results, not exceptions", "What does not come back in time comes back as a problem in its place.", "sitegen.concurrency.manager", "Manager._settle"),
    ("workers that follow their parent", "A killed build leaves no process behind.", "sitegen.concurrency.worker", "follow_parent"),
    ("a mutex where state is shared", "All threads draw their retries from one budget.", "sitegen.http.retries", "RetryBudget.take"),
    ("one atomic swap", "Readers see one whole generation, whatever happens to the build.", "sitegen.publishing.exchange", "exchange"),
)  # fmt: skip


def take_excerpt(entry: tuple[str, str, str, str]) -> tuple[str, str, Excerpt]:
    """Quote one of sitegen's own functions for the techniques page."""
    from sitegen.content.excerpts import excerpt  # noqa: PLC0415 - heavy, and only a new version needs it

    title, why, module, name = entry
    return title, why, excerpt(module, name)
