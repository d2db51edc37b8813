"""A request as it goes on the wire, and the one that a redirect asks for in its place."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from sitegen.http.address import redirect_target
from sitegen.http.model import Params

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
"""The statuses that lead elsewhere (RFC 9110, 15.4)."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Message(msgspec.Struct, frozen=True):
    """A request: `params` go into the query string, a `form` becomes the body, URL-encoded unless it is bytes."""

    method: str
    url: str
    params: Params | None
    form: Params | bytes | None
    headers: Mapping[str, str]
    is_away: bool = False
    """Whether a redirect has led to another origin: credentials are not sent from then on, even if one leads back."""


def redirected(message: Message, status: int, location: str, *, leaves: bool) -> Message:
    """Return the request that a redirect asks for (RFC 9110, 15.4): 303, and 301 or 302 after a POST, become GET.

    Raises DoorError where it leads to another origin, unless it `leaves` with nothing in its hands.
    """
    becomes_get = (status == 303 and message.method != "HEAD") or (
        status in (301, 302) and message.method == "POST"
    )
    then = replace(message, method="GET", form=None) if becomes_get else message
    may_leave = leaves and then.form is None and then.method in _SAFE
    url, is_away = redirect_target(message.url, location, status, may_leave=may_leave)
    if is_away:
        return replace(then, url=url, params=None, headers={}, is_away=True)
    return replace(then, url=url, params=None)
