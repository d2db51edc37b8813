"""The kinds of secrets: for each its hints, its pattern, and what stands in its place.

Most text holds no secret, so every kind has hints: lower-case strings of which one
must be there before its pattern is tried. Every pattern takes linear time: a run of
characters is entered at one place only (a look-behind) or is bounded in length.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

__all__ = [
    "ALL_HINTS", "HARMLESS_VALUES", "KEY_ENDS_SECRET", "KINDS", "REDACTED", "TOKEN_HINTS", "Kind", "Replacement",
    "blank", "compiled",
]  # fmt: skip

REDACTED = "REDACTED"

Replacement = Callable[[re.Match[str]], str]


# Compiled when a hint first asks for it: all of them would take 10 ms of every start.
compiled = cache(re.compile)


class Kind(NamedTuple):
    """A kind of secret: its name, its hints, its pattern, what stands in its place.

    `token` says that the shape alone gives it away, with no key or header beside it.
    """

    name: str
    hints: tuple[str, ...]
    pattern: str
    instead: Replacement
    token: bool = False


def blank(_match: re.Match[str]) -> str:
    """Put the word in the place of the whole match."""
    return REDACTED


def _template(template: str) -> Replacement:
    return lambda match: match.expand(template)


def _token(name: str, hints: str, pattern: str) -> Kind:
    """Return the kind of a token that begins where a word does; `hints` are separated by spaces."""
    return Kind(name, tuple(hints.split()), rf"(?<![A-Za-z0-9_-]){pattern}", blank, token=True)


def _kind(name: str, hints: str, pattern: str, instead: str | Replacement = REDACTED) -> Kind:
    replacement = _template(instead) if isinstance(instead, str) else instead
    return Kind(name, tuple(hints.split()), pattern, replacement)


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
_VALUE = r"""(\\+)(["'])(?>[^\n]*?(?=(?<!\\)\3\4|\n|\Z))(?:\3\4)?|"(?>(?:[^"\\\n]++|\\.)*)"?|'(?>(?:[^'\\\n]++|\\.)*)'?|[^\s,;&"'<>(){}\[\]][^\s,;&"'<>)\]}]*+"""
HARMLESS_VALUES = frozenset({"true", "false", "null", "none", "nil", "undefined", REDACTED.lower(), ""})
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
    if bare.lower() in HARMLESS_VALUES or (prose and _PROSE.fullmatch(bare)) or bare.startswith(REDACTED):
        return match[0]
    return f"{key}{quote}{REDACTED}{quote}"


def _cut_card(match: re.Match[str]) -> str:
    """Cut a number that passes the check of ISO/IEC 7812-1 (Luhn)."""
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return match[0] if (sum(digits[-1::-2]) + sum(doubled)) % 10 else REDACTED


KINDS = (
    Kind("private key", ("private key",), r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)", blank, token=True),
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
    Kind("Slack hook", ("hooks.slack.com",), r"(?<=hooks\.slack\.com/)(services|workflows|triggers)/[A-Za-z0-9/_-]{20,}", _template(rf"\1/{REDACTED}"), token=True),
    Kind("Discord hook", ("/api/webhooks/",), r"(?<=/api/webhooks/)\d{10,25}/[A-Za-z0-9_-]{40,}", blank, token=True),
    _token("Stripe key", "k_live_ k_test_ whsec_", r"(?:[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,})"),
    _token("Google API key", "aiza", r"AIza[A-Za-z0-9_-]{35}"),
    _token("Google OAuth token", "ya29. gocspx-", r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"),
    _token("OpenAI or Anthropic key", "sk-", r"sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"),
    _token("SendGrid key", "sg.", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Kind("Twilio key", ("ac", "sk"), r"[AS][CK][0-9a-f]{32}(?<![A-Za-z0-9_-].{34})(?![A-Za-z0-9])", blank, token=True),
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
        for hint in KINDS[index].hints or ("",):
            shared = next((mark for mark in "_-@/." if mark in hint), "")
            groups.setdefault(shared, []).append((hint, index))
    return tuple((mark, tuple(hints)) for mark, hints in groups.items())


ALL_HINTS = _hints(range(len(KINDS)))
TOKEN_HINTS = _hints(index for index, kind in enumerate(KINDS) if kind.token)
KEY_ENDS_SECRET = _SECRET_NAME + r"\Z"
