"""`/badge.svg`: one word for the whole site."""

from collections.abc import Sequence

from sitegen.availability.model import ServiceState, ServiceStatus, worst_of
from sitegen.output import OutputFile
from sitegen.visualization.primitives.svg import escape


def draw_badge(services: Sequence[ServiceStatus]) -> OutputFile:
    """`/badge.svg`: one word for the whole site; it changes only with that word."""
    worst = worst_of(service.state for service in services)
    colour = {ServiceState.UP: "#2f7a5c", ServiceState.DEGRADED: "#9a5f00", ServiceState.DOWN: "#a11226"}.get(
        worst, "#4a5751"
    )
    word = escape(str(worst))
    width = 52 + 7 * len(word) + 14
    body = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-labelledby="t">'
        f'<title id="t">status: {word}</title><path fill="#0b0e0d" d="M0 0h52v20H0z"/>'
        f'<path fill="{colour}" d="M52 0h{width - 52}v20H52z"/>'
        '<g fill="#fff" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="12">'
        f'<text x="6" y="14">status</text><text x="59" y="14">{word}</text></g></svg>\n'
    )
    return OutputFile("badge.svg", body.encode())
