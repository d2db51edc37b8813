"""Sentences that several pages say alike."""

from collections.abc import Iterable
from math import floor

from msgspec import structs

from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.findings import BuildContext
from sitegen.pages.views import Built, Shell
from sitegen.units import Instant, Part, Quantity, Sentence, floor_percent
from sitegen.visualization.model import Link

_FUZZ = 1e-12
_TOLD_FIRST = (
    ServiceState.UP,
    ServiceState.DEGRADED,
    ServiceState.DOWN,
    ServiceState.MAINTENANCE,
    ServiceState.NO_DATA,
)


def count(number: int, one: str, many: str | None = None) -> Sentence:
    """Return `3 pages`, with the number as a value."""
    return (Quantity(number), f" {one if number == 1 else many or one + 's'}")


def joined(sentences: Iterable[Sentence], between: str = ", ") -> Sentence:
    """Return the sentences in a row."""
    parts: list[Part] = []
    for index, sentence in enumerate(sentences):
        parts += ([between] if index else []) + list(sentence)
    return tuple(parts)


def services_sentence(services: Iterable[ServiceStatus]) -> Sentence:
    """Return how many services are in which state: `● 9 up, ▲ 1 degraded, ✖ 1 down`."""
    states = [service.state for service in services]
    found = [
        (f"{state.glyph} ", Quantity(states.count(state)), f" {state}")
        for state in _TOLD_FIRST
        if state in states
    ]
    return joined(found) or ("○ no services yet",)


def attained_of(attained: float | None, target: float) -> tuple[Quantity, str, Quantity]:
    """Return what an objective attained, and of what: to the places of the target, two at least, and never rounded up.

    What is less than the target has as many places as it takes to read so.
    """
    places = next(
        places for places in (2, 3, 4, 5, 9) if round(target * 100, places) == round(target * 100, 9)
    )
    least = f"{target * 100:.{places}f} %"
    shown = "" if attained is None else floor_percent(attained, places)
    if attained is not None and shown == least and target - attained > _FUZZ:
        shown = f"{floor(attained * 1e13) / 1e11:.11f}".rstrip("0") + " %"
    return Quantity(attained, "ratio", shown), " of ", Quantity(target, "ratio", least)


def built(context: BuildContext, duration: float | None) -> Built:
    """Return when a page that changes with every cycle was built, and when the next one is due."""
    return Built(
        at=Instant(context.now),
        duration=None if duration is None else Quantity(duration, "seconds"),
        next_due=Instant(context.next_due),
        stale_after=Quantity(4 * context.cycle, "seconds"),
    )


def numbered(shell: Shell, number: int) -> Shell:
    """Return the words around a further page of a list: the first page's, with its number."""
    if number == 1:
        return shell
    return structs.replace(
        shell, title=f"{shell.title}, page {number}", prompt=f"{shell.prompt} --page {number}"
    )


def page_links(path: str, pages: int) -> tuple[Link, ...]:
    """Return the links of a list in several pages: `/logs/`, then `/logs/2/` and so on."""
    return tuple(
        Link(str(number), path if number == 1 else f"{path}{number}/") for number in range(1, pages + 1)
    )
