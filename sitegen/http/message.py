"""A request as it goes on the wire, and the one that a redirect asks for in its place."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from sitegen.http.address import redirect_target
from sitegen.http.model import Params

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""The statuses that lead elsewhere (RFC 9110, 15.4)."""


class Message(msgspec.Struct, frozen=True):
    """A request: `params` go into the query string, a `form` becomes the body, URL-encoded unless it is bytes."""

    method: str
    url: str
    params: Params | None
    form: Params | bytes | None
    headers: Mapping[str, str]


def redirected(message: Message, status: int, location: str) -> Message:
    """Return the request that a redirect asks for (RFC 9110, 15.4): 303, and 301 or 302 after a POST, become GET.

    Raises DoorError where it leads to another origin.
    """
    url = redirect_target(message.url, location, status)
    becomes_get = (status == 303 and message.method != "HEAD") or (
        status in (301, 302) and message.method == "POST"
    )
    if becomes_get:
        return replace(message, method="GET", url=url, params=None, form=None)
    return replace(message, url=url, params=None)
