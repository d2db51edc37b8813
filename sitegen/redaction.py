"""What may become public: secrets and personal data are cut out of text before it goes anywhere.

A `Redactor` runs before anything is cached, drawn, logged or shown in an error.
It follows OpenTelemetry's rule for URLs (semantic conventions, `url.full`):
credentials become `REDACTED:REDACTED`, the values of known signature keys become
`REDACTED` while the key stays. `visible()` makes control characters readable, so
that text can neither steer a terminal nor reorder a line.

Most text holds no secret, so every kind has hints: lower-case strings of which one
must be there before its pattern is tried. Every pattern takes linear time: a run of
characters is entered at one place only (a look-behind) or is bounded in length.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from typing import NamedTuple

__all__ = ["REDACTED", "Redactor", "find_tokens", "names_secret", "visible"]

REDACTED = "REDACTED"

Replacement = Callable[[re.Match[str]], str]


# Compiled when a hint first asks for it: all of them would take 10 ms of every start.
_compiled = cache(re.compile)


class _Kind(NamedTuple):
    """A kind of secret: its name, its hints, its pattern, what stands in its place.

    `token` says that the shape alone gives it away, with no key or header beside it.
    """

    name: str
    hints: tuple[str, ...]
    pattern: str
    instead: Replacement
    token: bool = False


def _blank(_match: re.Match[str]) -> str:
    return REDACTED


def _template(template: str) -> Replacement:
    return lambda match: match.expand(template)


def _token(name: str, hints: str, pattern: str) -> _Kind:
    """Give the kind of a token that begins where a word does; `hints` are separated by spaces."""
    return _Kind(
        name,
        tuple(hints.split()),
        rf"(?<![A-Za-z0-9_-]){pattern}",
        _blank,
        token=True,
    )


def _kind(name: str, hints: str, pattern: str, instead: str | Replacement = REDACTED) -> _Kind:
    replacement = _template(instead) if isinstance(instead, str) else instead
    return _Kind(name, tuple(hints.split()), pattern, replacement)


# A key names a secret by how it ends: one of these words, however it is joined to
# what stands before, or one of the shorter ones as a word of its own (`db_pass`,
# `userAuth`; not `compass`, `design`). `PWD=/home` is a folder.
_LONG_ENDINGS = (
    r"password|passphrase|passcode|secret|token|credentials?|cookie|signature|authorization"
    r"|(?:api|access|secret|private|signing|encryption|account|shared)[-_. ]?key(?:[-_]id)?|sess(?:ion)?[-_]?id|cvv|cvc"
)
_SHORT_ENDINGS = r"passwd|pass|pwd(?![\"']?\s*[=:]\s*[\"']?/)|auth|sig|session|sid|otp"
_SECRET_NAME = rf"(?:(?i:{_LONG_ENDINGS})|(?<![A-Za-z/])(?i:{_SHORT_ENDINGS})|(?<=[a-z])(?:Passwd|Pass|Pwd|Auth|Sig|Session|Sid|Otp))"
_NAME_HINTS = "pass secret token credential cookie auth key sess cvv cvc pwd sig sid otp"
_SEPARATOR = r"(?:=>|:=|=(?!=)|:(?![:/])|%3[dD])"
_VALUE = r"""(\\+)(["'])(?:(?!(?<!\\)\3\4)[^\n])*+(?:\3\4)?|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?|[^\s,;&"'<>(){}\[\]][^\s,;&"'<>)\]}]*+"""
_HARMLESS_VALUES = frozenset({"true", "false", "null", "none", "nil", "undefined", REDACTED.lower(), ""})
_PROSE = re.compile(r"[A-Za-z]+[.!?]?")
_SCHEMES = "bearer|basic|digest|negotiate|token|apikey"


def _cut_named(match: re.Match[str]) -> str:
    """Cut the value of a named secret; leave plain answers, and prose such as `unexpected token: end`."""
    key, value = match[1], match[2]
    quote = value[: len(value) - len(value.lstrip("\\\"'"))]
    bare = value.strip("\\\"'")
    prose = (
        not quote
        and key.endswith((": ", ":\t"))
        and "passw" not in key.lower()
        and "secret" not in key.lower()
    )
    if bare.lower() in _HARMLESS_VALUES or (prose and _PROSE.fullmatch(bare)) or bare.startswith(REDACTED):
        return match[0]
    return f"{key}{quote}{REDACTED}{quote}"


def _cut_card(match: re.Match[str]) -> str:
    """Cut a number that passes the check of ISO/IEC 7812-1 (Luhn)."""
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return match[0] if (sum(digits[-1::-2]) + sum(doubled)) % 10 else REDACTED


_KINDS = (
    _Kind("private key", ("private key",), r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)", _blank, token=True),
    _token("age key", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    _kind("credentials in a URL", "@", r"(?<=://)[^\s/@:?#\"'<>]*:[^\s/?#\"'<>]+(?=@)", f"{REDACTED}:{REDACTED}"),
    _kind("user in a URL", "@", r"(?<=://)[^\s/@:?#\"'<>]{6,}(?=@)"),
    _kind("signature in a URL", "signature= sig= awsaccesskeyid= credential= x-amz-security-token=", r"(?<=[?&])(AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Goog-Credential|X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=[^&\s\"'#<>]+", rf"\1={REDACTED}"),
    _kind("cookie header", "cookie", r"(?i)(\b(?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)[^\r\n\"'=;\s]{1,128}=[^\r\n\"']*+", rf"\1{REDACTED}"),
    _kind("authorization header", "auth", rf"(?i)(authorization[\\\"']*\s*(?:[:=]|%3d)\s*[\\\"']*(?:(?:{_SCHEMES})\s+)?)(?!(?:{_SCHEMES})\s|{REDACTED})[^\s\"',;\\]+", rf"\1{REDACTED}"),
    _kind("authorization", "bearer basic digest negotiate", r"(?i:\b(bearer|basic|digest|negotiate))\s{1,8}(?=[A-Za-z+/._~-]*(?:[0-9=+]|[a-z][A-Z]))[A-Za-z0-9+/._~=-]{8,}", rf"\1 {REDACTED}"),
    _token("JSON web token", "eyj", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    _token("AWS access key id", "akia asia abia acca", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    _token("GitLab token", "glpat- glptt- gldt- glrt- glcbt- glft- glsoat-", r"gl(?:pat|ptt|dt|rt|cbt|ft|soat)-[A-Za-z0-9_-]{20,}"),
    _token("Slack token", "xox xapp-", r"(?:xox[abeoprs]-|xapp-)[A-Za-z0-9-]{10,}"),
    _Kind("Slack hook", ("hooks.slack.com",), r"(?<=hooks\.slack\.com/)(services|workflows|triggers)/[A-Za-z0-9/_-]{20,}", _template(rf"\1/{REDACTED}"), token=True),
    _Kind("Discord hook", ("/api/webhooks/",), r"(?<=/api/webhooks/)\d{10,25}/[A-Za-z0-9_-]{40,}", _blank, token=True),
    _token("Stripe key", "k_live_ k_test_ whsec_", r"(?:[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,})"),
    _token("Google API key", "aiza", r"AIza[A-Za-z0-9_-]{35}"),
    _token("Google OAuth token", "ya29. gocspx-", r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"),
    _token("OpenAI or Anthropic key", "sk-", r"sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"),
    _token("SendGrid key", "sg.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    _Kind("Twilio key", ("ac", "sk"), r"[AS][CK][0-9a-f]{32}(?<![A-Za-z0-9_-].{34})(?![A-Za-z0-9])", _blank, token=True),
    _token("Telegram bot token", ":aa", r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])"),
    _token("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("PyPI token", "pypi-", r"pypi-[A-Za-z0-9_-]{32,}"),
    _token("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,}"),
    _token("DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("Databricks token", "dapi", r"dapi[0-9a-f]{32}"),
    _token("Docker token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    _token("Grafana token", "glsa_ glc_", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/=]{32,})"),
    _token("Vault token", "hvs. hvb. hvr.", r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    _token("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    _token("Atlassian token", "atatt3", r"ATATT3[A-Za-z0-9_=-]{20,}"),
    _token("New Relic key", "nrak-", r"NRAK-[A-Z0-9]{27}"),
    _token("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}"),
    _token("Mailgun key", "key-", r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    _kind("secret on a command line", "--", rf"(?<!\S)(--[A-Za-z0-9-]{{0,40}}?(?i:password|passwd|passphrase|secret|token|api-?key|access-?key)\s{{1,8}})(?!-|{REDACTED})(?:\"[^\"]*\"|'[^']*'|\S{{6,}})", rf"\1{REDACTED}"),
    _kind("user and password on a command line", "-u --user", r"(?<!\S)((?:-u|--user)[ =])[^\s:]{1,128}:\S+", rf"\1{REDACTED}:{REDACTED}"),
    _kind("named secret", _NAME_HINTS, rf"({_SECRET_NAME}\\*[\"']?\s*+{_SEPARATOR}\s*+)(?!(?i:{_SCHEMES})\s)({_VALUE})", _cut_named),
    _kind("payment card", "", r"[2-6]\d{3}(?<![\w.-]\d{4})([ -]?)(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{5})(?![\w-])", _cut_card),
)  # fmt: skip


def _hints(kinds: Iterable[int]) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Group the hints of these kinds by a character that they share: `(("_", (("npm_", 24), ...)), ...)`.

    So most texts are done with a few looks. A kind without hints is always asked, by
    the empty hint.
    """
    groups: dict[str, list[tuple[str, int]]] = {}
    for index in kinds:
        for hint in _KINDS[index].hints or ("",):
            shared = next((mark for mark in "_-@/." if mark in hint), "")
            groups.setdefault(shared, []).append((hint, index))
    return tuple((mark, tuple(hints)) for mark, hints in groups.items())


_ALL_HINTS = _hints(range(len(_KINDS)))
_TOKEN_HINTS = _hints(index for index, kind in enumerate(_KINDS) if kind.token)
_KEY_ENDS_SECRET = _SECRET_NAME + r"\Z"

# Words, numbers and short paths, as most fields of a log are: whatever is cut below is longer or has other signs in it.
_PLAIN = re.compile(r"[A-Za-z0-9_/+-]*(?:\.[A-Za-z0-9_/+-]*)?")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_IPV4 = re.compile(r"(\d++\.\d++)\.\d++\.\d++(?!\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?![\w:]|\.\w)")
_LOOPBACK = ("127.0", "0.0")

_CONTROLS: dict[int, int | str] = {**{code: 0x2400 + code for code in range(0x20)}, 0x7F: 0x2421}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")
# Characters that reorder or hide text (Unicode TR 36): shown as what they are.
_HIDDEN = {code: f"\u2039U+{code:04X}\u203a" for code in (
    0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, *range(0xFFF9, 0xFFFC),
)}  # fmt: skip
_VISIBLE: Mapping[int, int | str] = {**_CONTROLS, **_HIDDEN}
_LINES_KEPT: Mapping[int, int | str] = {
    code: shown for code, shown in _VISIBLE.items() if code not in (0x09, 0x0A)
}
_SURROGATES = re.compile("[\ud800-\udfff]")


def visible(text: str, *, keep_lines: bool = False) -> str:
    """Replace control, bidi and invisible characters by a picture of them: ESC becomes `␛`.

    With `keep_lines`, tab and newline stay. Lone surrogates become U+FFFD, so the
    result always encodes as UTF-8.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SURROGATES.sub(
        "\N{REPLACEMENT CHARACTER}", text.translate(_LINES_KEPT if keep_lines else _VISIBLE)
    )


def _find_suspects(text: str, groups: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]) -> list[_Kind]:
    """Give the kinds of which a hint is in the text, in the order of the table."""
    lower = text.lower()
    found = {index for shared, hints in groups if shared in lower for hint, index in hints if hint in lower}
    return [_KINDS[index] for index in sorted(found)]


def find_tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    """Find the secrets whose shape alone gives them away: the kind, the start and the end of each."""
    return tuple(
        (kind.name, match.start(), match.end())
        for kind in _find_suspects(text, _TOKEN_HINTS)
        for match in _compiled(kind.pattern).finditer(text)
    )


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """Whether a key promises a secret: `db_password`, `X-Api-Key`, `sessionId`; not `tokens`, `signal`, `author`."""
    return _compiled(_KEY_ENDS_SECRET).search(key) is not None


class Redactor:
    """Cuts secrets and personal data out of text, by fixed rules and the user's own.

    `rules` are extra patterns whose whole match is cut, `allow` patterns whose
    matches stay (they are held against the whole of what would be cut, with the key
    of a named secret); `show_ip` and `show_email` leave addresses as they are (else
    an address keeps its first two bytes, or two groups, and an e-mail nothing);
    `canaries` are the user's own secrets, cut wherever they stand.
    """

    def __init__(
        self,
        *,
        rules: tuple[str, ...] = (),
        allow: tuple[str, ...] = (),
        show_ip: bool = False,
        show_email: bool = False,
        canaries: tuple[str, ...] = (),
    ) -> None:
        own = [re.escape(secret) for secret in sorted(canaries, key=len, reverse=True) if len(secret) >= 4]
        self._rules = [re.compile(pattern) for pattern in (*own, *rules)]
        self._allow = [re.compile(pattern) for pattern in allow]
        self._show_ip = show_ip
        self._show_email = show_email

    def text(self, text: str) -> str:
        """Give the text with every secret and address cut."""
        for rule in self._rules:
            text = self._replace(rule, _blank, text)
        if len(text) < 15 and _PLAIN.fullmatch(text):
            return text
        for kind in _find_suspects(text, _ALL_HINTS):
            text = self._replace(_compiled(kind.pattern), kind.instead, text)
        return self._without_addresses(text)

    def field(self, key: str, value: str) -> str:
        """Give a field's value with secrets cut: all of it where its key promises one."""
        if names_secret(key) and value.lower() not in _HARMLESS_VALUES:
            return value if self._allows(f"{key}={value}") else REDACTED
        return self.text(value)

    def _without_addresses(self, text: str) -> str:
        if not self._show_email and "@" in text:
            text = self._replace(_EMAIL, _mask_email, text)
        if not self._show_ip:
            if text.count(".") > 2:
                text = self._replace(_IPV4, _mask_ipv4, text)
            if "::" in text or text.count(":") > 6:
                text = self._replace(_IPV6, _mask_ipv6, text)
        return text

    def _replace(self, pattern: re.Pattern[str], instead: Replacement, text: str) -> str:
        return pattern.sub(partial(self._cut, instead) if self._allow else instead, text)

    def _cut(self, instead: Replacement, match: re.Match[str]) -> str:
        return match[0] if self._allows(match[0]) else instead(match)

    def _allows(self, text: str) -> bool:
        return any(allowed.fullmatch(text) for allowed in self._allow)


def _mask_email(match: re.Match[str]) -> str:
    # `REDACTED@host` is what credentials in a URL leave behind.
    return match[0] if match[0].startswith(REDACTED) else "‹e-mail›"


def _mask_ipv4(match: re.Match[str]) -> str:
    octets = match[0].split(".")
    longer = match.start() and match.string[match.start() - 1] == "."
    if longer or match[1] in _LOOPBACK or any(len(octet) > 3 or int(octet) > 255 for octet in octets):
        return match[0]
    return f"{match[1]}.x.x"


def _mask_ipv6(match: re.Match[str]) -> str:
    """Mask what RFC 4291 calls an address, with a digit in it (`a::b` is a name in many languages)."""
    groups = match[0].split(":")
    shortened = (
        match[0].count("::") == 1 and ":::" not in match[0] and len(groups) <= 8 + match[0].endswith("::")
    )
    whole = len(groups) == 8 and all(groups)
    if not (shortened or whole) or not any(map(str.isdigit, match[0])) or match[0] == "::1":
        return match[0]
    shown = [group for group in match[0].split("::")[0].split(":") if group][:2]
    return ":".join([*shown, "x", "x"]) if len(shown) == 2 else "".join(f"{group}:" for group in shown) + ":x"
