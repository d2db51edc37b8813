"""The money of one deploy: what it may cost, what it did cost, and what a month at this pace does."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from sitegen.deployment.cost import dollars, planned_dollars, stored_bytes
from sitegen.deployment.model import DeployOptions, Plan, Release
from sitegen.deployment.plan import check_cost
from sitegen.deployment.progress import Copy
from sitegen.deployment.standing import TargetMemory


class Budget:
    """What is known of a target's spending, before and after a deploy."""

    def __init__(self, memory: TargetMemory, release: Release, options: DeployOptions) -> None:
        self._memory = memory
        self._release = release
        self._options = options
        self._before = memory.spending()
        self._now = self._before
        self._settled = False

    def check(self, plans: Sequence[Plan]) -> None:
        """Raise SpacedOutError or RefusedError where these may not be carried out yet."""
        check_cost(self._before, plans, self._release, self._options)

    def settle(self, copies: Sequence[Copy]) -> None:
        """Count what was really asked of the stores, however the deploy ended; what fills an empty one is paid once."""
        if self._options.dry_run:
            return
        filled = [copy for copy in copies if copy.known.etag or copy.fault]
        counts = sum((copy.store.meter.counts for copy in filled), Counter[str]())
        whole = all(copy.fault is None and copy.plan is not None and not copy.spaced for copy in copies)
        if self._before.since is None and not whole:
            return  # a site that is not there yet: its first objects are paid once, in however many deploys
        cap, size = self._options.cost_cap_usd_month, self._size(copies)
        self._now = self._before.add(dollars(counts), self._release.now, cap, size)
        self._settled = True
        with suppress(OSError):  # what is not remembered is not spaced out
            self._memory.keep_spending(self._now)

    def projected(self, copies: Sequence[Copy]) -> float:
        """Return what a month costs in dollars, at the pace of the last day, this deploy included."""
        release, size = self._release, self._size(copies)
        if self._settled and self._before.since is not None:
            return self._now.projected(release.now, release.cycle, 0.0, size)
        planned = sum(planned_dollars(copy.plan) for copy in copies if copy.plan is not None)
        return self._before.projected(release.now, release.cycle, planned, size)

    @staticmethod
    def _size(copies: Sequence[Copy]) -> int:
        return stored_bytes(copy.plan for copy in copies if copy.plan is not None)
