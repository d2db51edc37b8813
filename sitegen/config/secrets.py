"""Credentials from the configuration, from `*_file` keys too; every one found is remembered for redaction. A door."""

import base64
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from sitegen.config import schema
from sitegen.config.checks import Checks, clipped, echo
from sitegen.config.places import inside
from sitegen.redaction import names_secret
from sitegen.regular import read_regular

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field name (RFC 9110, section 5.1)."""

_RESERVED = frozenset(
    ("accept-encoding", "authorization", "connection", "content-encoding", "content-length", "content-type", "host",
     "keep-alive", "proxy-authenticate", "proxy-authorization", "user-agent", "www-authenticate")
)  # fmt: skip
"""What http_headers may not set (reservedHeaders of prometheus/common, config/headers.go)."""

_PUBLIC = frozenset(
    ("accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-type",
     "host", "origin", "pragma", "range", "referer", "user-agent")
)  # fmt: skip
"""Headers whose values are ordinary words: cut as secrets they would be missing from pages that speak of them."""


class Secrets:
    """Reads the secrets of one configuration file."""

    def __init__(self, check: Checks) -> None:
        self._check = check
        self._found: list[str] = []

    @property
    def found(self) -> tuple[str, ...]:
        """Every secret read so far, and the forms it travels in."""
        return tuple(dict.fromkeys(self._found))

    def basic_auth(self, key: str, auth: schema.BasicAuth | None) -> tuple[str | None, str | None]:
        """Return user and password."""
        if auth is None:
            return None, None
        username = self._one(key, "username", auth.username, auth.username_file) or ""
        password = self._one(key, "password", auth.password, auth.password_file) or ""
        self._remember(password, base64.b64encode(f"{username}:{password}".encode()).decode())
        return username, password

    def authorization(self, key: str, authorization: schema.Authorization | None) -> str | None:
        """Return the complete value of the Authorization header."""
        if authorization is None:
            return None
        credentials = self._one(key, "credentials", authorization.credentials, authorization.credentials_file)
        if not credentials:
            raise self._check.fail(key, "needs `credentials` or `credentials_file`")
        self._remember(credentials)
        return self._line(key, f"{authorization.type} {credentials}")

    def url(self, url: str) -> str:
        """Take note of a password in a URL, and of what its query calls a secret."""
        parts = urlsplit(url)
        if password := parts.password:
            pair = f"{unquote(parts.username or '')}:{unquote(password)}"
            self._remember(password, unquote(password), base64.b64encode(pair.encode()).decode())
        self._remember(*(value for name, value in parse_qsl(parts.query) if names_secret(name)))
        return url

    def headers(self, key: str, headers: dict[str, schema.HttpHeader]) -> dict[str, str]:
        """Return header values; several of one name are joined by commas (RFC 9110, section 5.3)."""
        result = {}
        for name, header in headers.items():
            hidden = [
                *header.secrets,
                *(self._read(f"{inside(key, name)}.files", file) for file in header.files),
            ]
            self._remember(*hidden)
            if self._token(key, name).lower() in _RESERVED:
                said = "is set by sitegen itself; remove it, and write credentials as `basic_auth` or `authorization`"
                raise self._check.fail(inside(key, name), said)
            result[name] = self._line(inside(key, name), ", ".join([*header.values, *hidden]))
        return result

    def plain_headers(self, key: str, headers: dict[str, str]) -> dict[str, str]:
        """Check headers given as plain text; all may be secret but those that every browser sends.

        Of `Bearer t0ken` the token alone is a secret too: a server may say it back without its scheme.
        """
        for name, value in headers.items():
            if name.lower() not in _PUBLIC:
                scheme = name.lower() in ("authorization", "proxy-authorization")
                self._remember(value, value.partition(" ")[2] if scheme else "")
        return {
            self._token(key, name): self._line(inside(key, name), value) for name, value in headers.items()
        }

    def _token(self, key: str, name: str) -> str:
        if not _TOKEN.fullmatch(name):
            raise self._check.fail(key, f"{echo(name)} is no name of a header")
        return name

    def _line(self, key: str, value: str) -> str:
        if not value.isascii() or not value.isprintable():
            raise self._check.fail(key, "must be a single line of ASCII, as it becomes a header")
        return value

    def _one(self, key: str, name: str, value: str | None, file: str | None) -> str | None:
        if value is not None and file is not None:
            raise self._check.fail(f"{key}.{name}", f"given twice; keep {name} or {name}_file")
        return self._read(f"{key}.{name}_file", file) if file is not None else value

    def _read(self, key: str, name: str) -> str:
        try:
            return read_regular(Path(name)).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise self._check.fail(key, f"{clipped(name)} cannot be read ({reason})") from None

    def _remember(self, *secrets: str) -> None:
        self._found += [secret for secret in secrets if secret]
