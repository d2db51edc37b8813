"""What may become public: secrets and personal data are cut out of text before it goes anywhere.

A `Redactor` runs before anything is cached, drawn, logged or shown in an error.
It follows OpenTelemetry's rule for URLs (semantic conventions, `url.full`):
credentials become `REDACTED:REDACTED`, the values of known signature keys become
`REDACTED` while the key stays. `visible()` makes control characters readable, so
that text can neither steer a terminal nor reorder a line.
"""

import re
from collections.abc import Mapping
from functools import partial

__all__ = ["Redactor", "visible"]

_SECRET_WORDS = (
    r"pass(?:word|wd|phrase)?|secret|token|api[-_]?key|apikey|access[-_]?key|private[-_]?key|client[-_]?secret"
    r"|auth(?:orization)?|credential|session(?:id)?|cookie|signature|sig"
)

# One row a kind: (what it is, pattern, what stands in its place).
_SECRETS: tuple[tuple[str, str, str], ...] = (
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", "REDACTED"),
    ("credentials in a URL", r"(?<=://)[^\s/@:?#]+:[^\s/@?#]+(?=@)", "REDACTED:REDACTED"),
    ("user in a URL", r"(?<=://)[^\s/@:?#]{6,}(?=@)", "REDACTED"),
    ("signature in a URL", r"(?<=[?&])(AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=[^&\s\"'#]+", r"\1=REDACTED"),
    ("authorization header", r"(?i)\b(bearer|basic|digest|negotiate)\s+[A-Za-z0-9+/._~=-]{6,}", r"\1 REDACTED"),
    ("JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", "REDACTED"),
    ("AWS access key id", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", "REDACTED"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})", "REDACTED"),
    ("GitLab token", r"\bgl(?:pat|ptt|dt|rt|cbt|ft|soat)-[A-Za-z0-9_-]{20,}", "REDACTED"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}", "REDACTED"),
    ("Slack hook", r"(?<=hooks\.slack\.com/services/)[A-Za-z0-9/_-]{20,}", "REDACTED"),
    ("Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}", "REDACTED"),
    ("Google API key", r"\bAIza[A-Za-z0-9_-]{35}", "REDACTED"),
    ("OpenAI or Anthropic key", r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}", "REDACTED"),
    ("SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", "REDACTED"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}", "REDACTED"),
    ("PyPI token", r"\bpypi-[A-Za-z0-9_-]{32,}", "REDACTED"),
    ("Azure account key", r"(?i)(?<=AccountKey=)[A-Za-z0-9+/=]{40,}", "REDACTED"),
    ("named secret in JSON", r"(?i)(\"[\w.-]*(?:%s)[\w.-]*\"\s*:\s*)\"(?:[^\"\\]|\\.)*\"" % _SECRET_WORDS, r'\1"REDACTED"'),
    ("named secret", r"(?i)((?<![A-Za-z0-9])[\w.-]*(?:%s)[\"']?\s*[=:]\s*)(?![\"']?REDACTED|(?:bearer|basic|digest|negotiate)\s)(\"[^\"]*\"|'[^']*'|[^\s,;&\"'<>)\]}]+)" % _SECRET_WORDS, r"\1REDACTED"),
    ("payment card", r"\b(?:\d{4}[ -]){3}\d{4}\b", "REDACTED"),
)  # fmt: skip

_EMAIL = re.compile(r"\b[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
_IPV4 = re.compile(
    r"(?<![\d.])((?:25[0-5]|2[0-4]\d|1?\d?\d)\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.(?:25[0-5]|2[0-4]\d|1?\d?\d)\.(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]*\d)"
)
_IPV6 = re.compile(
    r"(?<![\w:])(?=[0-9A-Fa-f:]*[0-9A-Fa-f]:|::)((?:[0-9A-Fa-f]{1,4}:){2})(?:(?:[0-9A-Fa-f]{1,4}|:)?(?::[0-9A-Fa-f]{0,4}){1,6})(?![\w:])"
)
_LOOPBACK = ("127.0", "0.0")

_CONTROLS: dict[int, int | str] = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
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


class Redactor:
    """Cuts secrets and personal data out of text, by fixed rules and the user's own.

    `rules` are extra patterns whose whole match is cut, `allow` patterns whose
    matches stay; `show_ip` and `show_email` leave addresses as they are (else an
    IPv4 address keeps its first two bytes and an e-mail address its domain's end);
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
        self._rules = [(re.compile(pattern), "REDACTED") for pattern in (*own, *rules)]
        self._rules += [(re.compile(pattern), instead) for _, pattern, instead in _SECRETS]
        self._allow = [re.compile(pattern) for pattern in allow]
        self._show_ip = show_ip
        self._show_email = show_email

    def text(self, text: str) -> str:
        """Give the text with every secret and address cut."""
        for pattern, instead in self._rules:
            text = pattern.sub(
                lambda match, instead=instead: self._keep(match) or match.expand(instead), text
            )
        if not self._show_email and "@" in text:
            text = _EMAIL.sub(lambda match: self._keep(match) or "‹e-mail›", text)
        if not self._show_ip:
            text = _IPV4.sub(lambda match: self._keep(match) or _mask_ipv4(match), text)
            if "::" in text or text.count(":") > 2:
                text = _IPV6.sub(lambda match: self._keep(match) or f"{match[1]}x:x", text)
        return text

    def _cut(self, instead: str, match: re.Match[str]) -> str:
        return self._keep(match) or match.expand(instead)

    def _keep(self, match: re.Match[str]) -> str | None:
        return match[0] if any(allowed.fullmatch(match[0]) for allowed in self._allow) else None


def _mask_ipv4(match: re.Match[str]) -> str:
    return match[0] if match[1] in _LOOPBACK else f"{match[1]}.x.x"
