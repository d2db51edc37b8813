"""A deploy seen from outside: what is asked at the site's address before and after, and what that is remembered as."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct, structs

from sitegen.deployment.edge import Edge
from sitegen.deployment.job import Job
from sitegen.deployment.model import INDEX, Reason
from sitegen.deployment.standing import Standing
from sitegen.deployment.verification import (
    ABSENT,
    AGAIN,
    CACHED,
    PATIENCE,
    Change,
    Look,
    Verdict,
    choose,
    forbidden_styles,
    look,
    look_twice,
)
from sitegen.errors import Problem, RefusedError
from sitegen.templating.policy import style_hashes

SILENT_FOR = 300.0
"""Seconds that an address is left alone for after it could not be reached at all."""

_UNDOING = 3.0
"""Seconds that are left for putting the generation before back, after two looks."""


class Seen(Struct, frozen=True):
    """What visitors get: in sentences what is wrong with new bytes, what is merely told, and whether anybody was reached."""

    wrong: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    reached: bool = True

    @property
    def told(self) -> tuple[Problem, ...]:
        """All of it as problems."""
        return (*(Problem("deploy.edge", text) for text in self.wrong), *self.problems)


class Inspector:
    """Looks at one target's site and remembers what it saw; without an `edge` it sees nothing, and says so."""

    def __init__(self, edge: Edge | None, job: Job) -> None:
        self._edge = edge
        self._memory = job.memory
        self._clock = job.clock
        self._deadline = job.deadline
        self._run_all = job.run_all
        self._pause = job.pause

    def vet(self, pages: Iterable[bytes]) -> None:
        """Raise RefusedError where the edge's policy forbids a style sheet; it is asked when the sheets change."""
        known = self._memory.recall()
        pages = list(pages)
        styles = tuple(sorted({digest for page in pages for digest in style_hashes(page)}))
        if self._edge is None or set(styles) <= set(known.styles) or self._is_silent(known):
            return
        served = self._edge.fetch(INDEX)
        if forbidden := forbidden_styles(served.policy, pages):
            raise RefusedError.of(
                "policy",
                f"the Content-Security-Policy that {self._edge.base_url} sends forbids the site's style sheets "
                f"({', '.join(forbidden[:3])}); let the header name them beside the old ones first (`cdk deploy`), "
                "then deploy",
                "deploy",
            )
        if served.status == 200:
            self._keep(structs.replace(known, styles=styles))

    def look_again(self) -> Seen:
        """Look at what was still old, or could not be looked at twice, after the deploy before."""
        known = self._memory.recall()
        if self._edge is None or not known.waiting or self._is_silent(known):
            return Seen()
        return self._look(self._edge, known, [change for change, _ in known.waiting.values()])

    def look_after(self, changes: Sequence[Change], generation: int, *, everywhere: bool) -> Seen:
        """Look at what was just deployed, where it is in every copy: of several, nobody knows which one visitors get."""
        now = self._clock.now()
        known = after_upload(self._memory.recall(), changes, generation, now)
        if self._edge is None or not changes or not everywhere or self._is_silent(known):
            self._keep(known)
            return Seen()
        return self._look(self._edge, known, choose(changes))

    def _look(self, edge: Edge, known: Standing, changes: Sequence[Change]) -> Seen:
        if self._deadline.remaining() > AGAIN + _UNDOING:
            return self._note(
                known, changes, look_twice(edge, changes, known.recent, self._run_all, self._pause)
            )
        # There is no time for a second look: what is wrong now is looked at again by the next deploy.
        looks = look(edge, changes, known.recent, self._run_all)
        later = [
            structs.replace(seen, verdict=Verdict.OLD) if seen.verdict is Verdict.WRONG else seen
            for seen in looks
        ]
        return self._note(known, changes, later)

    def _note(self, known: Standing, changes: Sequence[Change], looks: Sequence[Look]) -> Seen:
        """Remember what was seen. Only where visitors got the right bytes before can new ones be what is wrong."""
        now = self._clock.now()
        by_key = {seen.key: seen for seen in looks}
        wrong = tuple(seen.why for seen in looks if seen.verdict is Verdict.WRONG)
        unknown = [seen.why for seen in looks if seen.verdict is Verdict.UNKNOWN]
        waiting = dict(known.waiting)
        for change in changes:
            since = waiting.get(change.key, (change, now))[1]
            waiting.pop(change.key, None)
            if by_key[change.key].verdict in {Verdict.OLD, Verdict.UNKNOWN}:
                waiting[change.key] = (change, since)
        stale = [key for key, (_, since) in waiting.items() if now - since > PATIENCE]
        problems = [f"/{key if key != INDEX else ''} is still served as it was before" for key in stale]
        silent = bool(unknown) and len(unknown) == len(looks)
        if not known.good:
            problems = [*wrong, *problems]
        self._keep(
            structs.replace(
                known,
                waiting={} if silent else waiting,
                good=not wrong and (known.good or any(seen.verdict is Verdict.GOOD for seen in looks)),
                silent_until=now + SILENT_FOR if silent else 0.0,
            )
        )
        if silent:
            problems = [f"what was deployed was not looked at: {unknown[0]}"]
        told = tuple(Problem("deploy.edge", text) for text in problems)
        return Seen(wrong if known.good else (), told, reached=not silent)

    def _is_silent(self, known: Standing) -> bool:
        return 0.0 <= known.silent_until - self._clock.now() <= SILENT_FOR

    def _keep(self, known: Standing) -> None:
        with suppress(OSError):  # what is not remembered is asked again
            self._memory.keep(known)


def after_upload(known: Standing, changes: Sequence[Change], generation: int, now: float) -> Standing:
    """Return what is known once these were uploaded: the digests before may be served for a while."""
    recent = {
        key: {digest: at for digest, at in digests.items() if now - at <= CACHED}
        for key, digests in known.recent.items()
    }
    for change in changes:
        recent.setdefault(change.key, {})[change.before or ABSENT] = now
    keys = {change.key for change in changes}
    return structs.replace(
        known,
        generation=generation if changes or known.generation is None else known.generation,
        sent={change.key: change.sha256 for change in changes if change.reason is Reason.CHANGED}
        or known.sent,
        recent={key: digests for key, digests in recent.items() if digests},
        waiting={key: one for key, one in known.waiting.items() if key not in keys},
        rejected={key: digest for key, digest in known.rejected.items() if key not in keys},
    )
