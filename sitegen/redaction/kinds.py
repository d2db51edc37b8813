"""The kinds of secrets and personal data: for each its hints, its pattern, and what of a match is cut.

Patterns are held against the layers of a text (`layers.py`), so none of them knows an
encoding. Every pattern takes linear time: a run of characters is entered at one place
only (a look-behind) or is bounded in length.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

REDACTED = "REDACTED"

Cut = tuple[int, int, str]
"""Where the cut begins and ends, and what stands there instead."""

Match = re.Match[str]

# Compiled when a hint first asks for it: all of them would take 10 ms of every start.
compiled = cache(re.compile)


def _part(match: Match) -> Cut | None:
    """Cut the match, or its group where it has one."""
    return (*match.span(1 if match.re.groups else 0), REDACTED)


def whole(match: Match) -> Cut | None:
    """Cut all of the match, whatever groups it has."""
    return (*match.span(), REDACTED)


class Kind(NamedTuple):
    """A kind of secret: its name, its hints, its pattern, what of a match is cut (None: nothing).

    `hints` is a pattern of words as a `Vocabulary` tells them, which must fit one of the text; where
    there is none, `mark` must be in the text, and `marks` times. `shape` says that the looks alone give it away, with no key or header beside it.
    """

    name: str
    hints: str
    pattern: str
    cut: Callable[[Match], Cut | None] = _part
    mark: str = ""
    marks: int = 1
    shape: bool = False


def _token(name: str, hints: str, pattern: str) -> Kind:
    """Return the kind of a token that begins where a word does."""
    return Kind(name, hints, rf"(?<![A-Za-z0-9_-]){pattern}", shape=True)


# A key names a secret by how it ends: one of these words, however it is joined to
# what stands before, or one of the shorter ones as a word of its own (`db_pass`,
# `userAuth`; not `compass`, `design`). `PWD=/home` is a folder.
_KEYS = "api access secret private signing encryption account shared subscription functions master license"
_LONG_ENDINGS = (
    "password", "passphrase", "passcode", "passwort", "secret", "token", "credentials?", "cookie", "signature",
    "authorization", "cvv", "cvc", *(rf"{word}[-_. ]?key(?:[-_]id)?" for word in _KEYS.split()),
    r"sess(?:ion)?[-_]?id",
)  # fmt: skip
_SHORT_ENDINGS = ("passwd", "pass", "auth", "sig", "session", "sid", "otp", r"pwd(?![\"']?\s*[=:]\s*[\"']?/)")
_AFTER = (
    r"(?:(?<![Ss][Ii][Gg])[-_ ]?(?:[0-9]{1,2}|[Hh]ash|[Cc]onfirm(?:ation)?|base|b64|base64)(?![A-Za-z0-9]))?"
)


def _any_case(words: Iterable[str], before: str = "") -> str:
    """Return a pattern of these words, which a search is quick with because each way to begin is a letter."""
    return "|".join(
        f"{first}{before}(?i:{word[1:]})" for word in words for first in (word[0], word[0].upper())
    )


_SECRET_NAME = (
    f"(?:{_any_case(_LONG_ENDINGS)}|{_any_case(_SHORT_ENDINGS, '(?<![A-Za-z/].)')}"
    f"|{'|'.join(f'{word[0].upper()}(?<=[a-z].){word[1:]}' for word in _SHORT_ENDINGS)}){_AFTER}"
)
KEY_ENDS_SECRET = _SECRET_NAME + r"\Z"
_NAMES = "pass|secret|token|credential|cookie|auth|key|sess|cvv|cvc|pwd|sig|sid|otp"

_SCHEMES = "bearer|basic|digest|negotiate|ntlm|token|api-?key|key|hmac|sharedkey|splunk|jwt|dpop|oauth|hawk|aws4-hmac-sha256"
_SCHEME = re.compile(rf"(?i:{_SCHEMES})\s+")
_QUOTES = r"[\\\"'`]{0,8}"
_EQUALS = r"(?:=>|:=|=(?!=)|:(?![:/]))"
# `password=x`, `{"password": {"value": "x"}}`, `password: |` with its text on the next line;
# `{"name":"password","value":"x"}` in JSON, YAML or attributes of XML; `("password", "x")`.
_INSIDE = rf"(?:\{{\s*+{_QUOTES}\w{{1,20}}{_QUOTES}\s*+[:=]\s*+)?"
_JOINED = (
    rf"{_QUOTES}\s*+{_EQUALS}\s*+(?:[|>][+-]?\s*\n\s*+)?{_INSIDE}"
    rf"|{_QUOTES}\s*+[,;]?\s*+(?:[\w-]{{1,20}}=[\"'][^\"'<>]{{0,40}}[\"']\s+)?{_QUOTES}(?i:values?|val|content){_QUOTES}\s*+{_EQUALS}\s*+{_INSIDE}"
    r"|[\\\"']+\s*,\s*(?=b?[\"'])"
)
_VALUE = (
    r"""\[(?>(?:"(?>(?:[^"\\]++|\\.)*)"|'(?>(?:[^'\\]++|\\.)*)'|[^\]"'])*)|b?"(?>(?:[^"\\\n]++|\\.)*)"?|b?'(?>(?:[^'\\\n]++|\\.)*)'?|`[^`\n]*`?"""
    rf"""|(?:(?i:{_SCHEMES})\s+)?[^\s,;&"'<>(){{}}\[\]\\][^\s,;&"'<>)\]}}]*+"""
)
# `<password>x</password>`, `<entry key="password">x</entry>`, `<key>password</key><string>x</string>`.
_ELEMENT = r"(?:[\"']?(?:\s[^<>]{0,200})?>|</[\w:.-]{1,40}>\s*<[\w:. \"=-]{1,80}>)\s*+(?:<!\[CDATA\[)?(?P<element>[^<]++)"
NAME_AT_END = re.compile(
    rf"({_SECRET_NAME}(?:{_QUOTES}\s*(?:{_EQUALS}\s*[|>\[{{]?[+-]?|,)?|</[\w:.-]{{1,40}}>))[\s\\\"'`]*\Z"
)
"""A name of a secret whose value is on the next line; its group leaves out a quote that is only opened."""
HARMLESS_VALUES = frozenset({"true", "false", "null", "none", "nil", "undefined", REDACTED.lower(), ""})
_PROSE = re.compile(r"[A-Za-z]+[.!?]?")


def _named(match: Match) -> Cut | None:
    """Cut the value of a named secret; leave plain answers, and prose such as `unexpected token: end`."""
    element = match["element"] is not None
    value, start = match["element" if element else "value"], match.start("element" if element else "value")
    between = match.string[match.start() : start]
    if element and "</" not in between and not _in_tag(match):
        return None
    inner = value.strip("\\\"'`[ \n\r\t").removeprefix("b'").removeprefix('b"')
    begin = start + value.find(inner)
    if scheme := _SCHEME.match(inner):
        inner, begin = inner[scheme.end() :], begin + scheme.end()
    key = between.lower()
    prose = (
        key[-2:] in {": ", ":\t", ":\n"}
        and value[:1] not in "\"'["
        and "passw" not in key
        and "secret" not in key
    )
    if inner.lower() in HARMLESS_VALUES or (prose and _PROSE.fullmatch(inner)) or inner.startswith(REDACTED):
        return None
    return begin, begin + len(inner), REDACTED


def _in_tag(match: Match) -> bool:
    return "<" in match.string[max(0, match.start() - 100) : match.start()].rpartition(">")[2]


def _pair(match: Match) -> Cut | None:
    """Cut a user with a password."""
    return (*match.span(1), f"{REDACTED}:{REDACTED}")


def _card(match: Match) -> Cut | None:
    """Cut a number that passes the check of ISO/IEC 7812-1 (Luhn)."""
    digits = [int(digit) for digit in match[0] if digit.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return None if (sum(digits[-1::-2]) + sum(doubled)) % 10 else whole(match)


def _email(match: Match) -> Cut | None:
    # `REDACTED@host` is what credentials in a URL leave behind.
    return None if match[0].startswith(REDACTED) else (*match.span(), "‹e-mail›")


def _ipv4(match: Match) -> Cut | None:
    """Mask the last two of four octets."""
    short, middle, long, second, third, fourth = match.groups()
    first = short or middle or long
    if (first, second) in _LOOPBACK or max(int(first), int(second), int(third), int(fourth)) > 255:
        return None
    return match.start() - len(first), match.end(), f"{first}.{second}.x.x"


def _ipv6(match: Match) -> Cut | None:
    """Mask what RFC 4291 calls an address, with a digit in it (`a::b` is a name in many languages)."""
    text = match[0]
    groups = text.split(":")
    shortened = text.count("::") == 1 and ":::" not in text and len(groups) <= 8 + text.endswith("::")
    whole_one = len(groups) == 8 and all(groups)
    if not (shortened or whole_one) or not any(map(str.isdigit, text)) or text == "::1":
        return None
    shown = [group for group in text.split("::")[0].split(":") if group][:2]
    masked = ":".join([*shown, "x", "x"]) if len(shown) == 2 else "".join(f"{one}:" for one in shown) + ":x"
    return (*match.span(), masked)


_LOOPBACK = {("127", "0"), ("0", "0")}
_PRIVATE = r"PRIVATE KEY(?: BLOCK)?"
_LINK_WORDS = (
    "reset", "recover", "verify", "verification", "confirm", "confirmation", "activate", "activation", "invite",
    "invitation", "magic", "unlock", "forgot", "unsubscribe",
)  # fmt: skip
_URL_KEYS = rf"code|code_verifier|assertion|SAMLResponse|ticket|hmac|key|magic|hash|{'|'.join(_LINK_WORDS)}"

KINDS = (
    Kind("private key", "private", rf"----[- ]?BEGIN [A-Z0-9 ]{{0,40}}{_PRIVATE} ?----[\s\S]*?(?:----[- ]?END [A-Z0-9 ]{{0,40}}{_PRIVATE} ?-----?|\Z)", shape=True),
    Kind("PuTTY key", "private", r"Private-Lines: *\d+((?:\s+[A-Za-z0-9+/=]{8,})+)", shape=True),
    _token("age key", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    Kind("credentials in a URL", "", r"(?<=://)([^\s/@:?#\"'<>]*:[^\s/?#\"'<>]+)(?=@)", _pair, mark="@"),
    Kind("user in a URL", "", r"(?<=://)[^\s/@:?#\"'<>]{6,}(?=@)", mark="@"),
    Kind("signature in a URL", "signature|sig|awsaccesskeyid|credential|token", r"[?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Goog-Credential|X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=([^&\s\"'#<>]+)"),
    Kind("code in a URL", "code|assertion|saml|ticket|hmac|key|magic|hash|reset|recover|verif|confirm|activat|invit|unlock|forgot|unsubscribe", rf"[?&#](?i:{_URL_KEYS})=((?![a-z]{{1,12}}(?:[&\s\"'#<>]|\Z))[^&\s\"'#<>]{{6,}})"),
    Kind("link that lets in", "reset|recover|verif|confirm|activat|invit|magic|unlock|forgot|unsubscribe", rf"(?:{_any_case(_LINK_WORDS)})[\w-]{{0,40}}/(?:[A-Za-z0-9_-]{{1,12}}/)?((?=[^\s/?#\"'<>]{{0,400}}[0-9])[A-Za-z0-9._~%=:-]{{6,400}})"),
    Kind("cookie header", "cookie", r"(?i)\b(?:set-)?cookie[\"']?\s*[:=]\s*[\"']?([^\r\n\"'=;\s]{1,128}=[^\r\n\"']*+)"),
    Kind("authorization header", "auth", rf"(?i)authorization{_QUOTES}\s*[:=]\s*{_QUOTES}(?:digest|oauth|hawk|aws4-hmac-sha256)\s+(?!{REDACTED})([^\r\n]+)"),
    Kind("authorization", "bearer|basic|digest|negotiate", r"(?i:\b(?:bearer|basic|digest|negotiate))\s{1,8}((?=[A-Za-z+/._~-]*(?:[0-9=+]|[a-z][A-Z]))[A-Za-z0-9+/._~=-]{8,})"),
    _token("JSON web token", "eyj", r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    _token("AWS access key id", "akia|asia|abia|acca", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _token("GitHub token", "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
    _token("GitLab token", "glpat-|glptt-|gldt-|glrt-|glcbt-|glft-|glsoat-", r"gl(?:pat|ptt|dt|rt|cbt|ft|soat)-[A-Za-z0-9_-]{20,}"),
    _token("Slack token", "xoxa-|xoxb-|xoxe-|xoxo-|xoxp-|xoxr-|xoxs-|xapp-", r"(?:xox[abeoprs]-|xapp-)[A-Za-z0-9-]{10,}"),
    Kind("Slack hook", "slack", r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20,})", shape=True),
    Kind("Discord hook", "webhooks", r"(?<=/api/webhooks/)\d{10,25}/[A-Za-z0-9_-]{40,}", shape=True),
    _token("Stripe key", "k_live_|k_test_|whsec_", r"(?:[rsp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{20,})"),
    _token("Google API key", "aiza", r"AIza[A-Za-z0-9_-]{35}"),
    _token("Google OAuth token", "^ya00$|gocspx-", r"(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})"),
    _token("OpenAI or Anthropic key", "^sk-", r"sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}"),
    _token("SendGrid key", "^sg$", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    Kind("Twilio key", "[as][ck][0a-f]{32}", r"[AS][CK][0-9a-f]{32}(?<![A-Za-z0-9_-].{34})(?![A-Za-z0-9])", shape=True),
    _token("Telegram bot token", "^aa[0a-z_-]{32}", r"\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])"),
    _token("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _token("PyPI token", "pypi-", r"pypi-[A-Za-z0-9_-]{32,}"),
    _token("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,}"),
    _token("DigitalOcean token", "_v0_", r"do[opr]_v1_[0-9a-f]{64}"),
    _token("Databricks token", "dapi", r"dapi[0-9a-f]{32}"),
    _token("Docker token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    _token("Grafana token", "glsa_|glc_", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}|glc_[A-Za-z0-9+/=]{32,})"),
    _token("Vault token", "^hvs$|^hvb$|^hvr$", r"hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    _token("Shopify token", "shpat_|shpca_|shppa_|shpss_", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"),
    _token("Atlassian token", "atatt0", r"ATATT3[A-Za-z0-9_=-]{20,}"),
    _token("New Relic key", "nrak-", r"NRAK-[A-Z0-9]{27}"),
    _token("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{30,}"),
    _token("Mailgun key", "^key-", r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    Kind("hash of a password", "", r"\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|md5|sha1|argon2(?:id?|d)|scrypt|pbkdf2(?:-sha\d{1,3})?|bcrypt-sha256)\$[A-Za-z0-9./+,=$_-]{16,}", mark="$", shape=True),
    Kind("hash of a password", "", r"\{(?:S?SHA(?:256|512)?|SMD5|CRYPT)\}[A-Za-z0-9+/$.]{20,}={0,2}", mark="}", shape=True),
    Kind("hash of a password", "pbkdf0_sha|bcrypt_sha", r"(?:pbkdf2|bcrypt)_sha\d{1,3}\$[A-Za-z0-9./+,=$_-]{16,}", shape=True),
    Kind("secret on a command line", "pass|secret|token|key", rf"(?<!\S)--[A-Za-z0-9-]{{0,40}}?(?i:password|passwd|passphrase|secret|token|api-?key|access-?key)\s{{1,8}}(?!-|{REDACTED})(\"[^\"]*\"|'[^']*'|\S{{4,}})"),
    Kind("password on a command line", "mysql|mariadb", r"(?i)\b(?:mysql|mariadb)[^\n|;&]{0,200}?[\s\"']-p[\"']?([^\s\"',]+)"),
    Kind("password on a command line", "sshpass|docker|podman|helm|mongo|^0z$|ldap|^zip$|unzip|redis-cli", r"(?i)\b(?:sshpass|(?:docker|podman|helm)\b[^\n|;&]{0,60}\blogin|mongo\w*|7z|ldap\w+|zip|unzip|redis-cli)\b[^\n|;&]{0,200}?[\s\"',]-[pPwa][\s\"',]*([^\s\"',-][^\s\"',]*)"),
    Kind("user and password on a command line", "^-u|--user|--proxy-user", r"(?<![^\s\"',=(\[])(?:-u|--user|--proxy-user|-U)[ =,\"']{0,4}([^\s:\"'=]{1,128}:[^\s\"'/][^\s\"']*)", _pair),
    Kind("password of netrc", "pass", r"(?i)\b(?:login|account|machine)\s+\S{1,128}\s+passw(?:or)?d\s+([^\s:=]\S*)"),
    Kind("password of netrc", "pass", r"(?im)^[ \t]*passw(?:or)?d[ \t]+([^\s:=]\S*+)(?=[ \t]*$|\s+(?:login|account|machine|macdef)\b)"),
    Kind("named secret", _NAMES, rf"{_SECRET_NAME}(?:(?:{_JOINED})(?P<value>{_VALUE})|{_ELEMENT})", _named),
    Kind("named secret", "value", rf"(?i:value)[\"']\s*[:=]\s*[\"']([^\"'\n]{{1,512}})[\"']\s*,?\s*[\"']?(?i:name|key)[\"']?\s*[:=]\s*[\"'][\w.-]{{0,60}}?{_SECRET_NAME}[\"']"),
    Kind("payment card", r"^\(card\)$|0{15}|0000-0000-0000|0000-000000-00000", r"[2-6]\d{3}(?<![\w.-]\d{4})([ -]?)(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{5})(?![\w-])", _card),
)  # fmt: skip
EMAIL = Kind(
    "e-mail address",
    "",
    r"(?<![\w.%+\ufffd-])[\w.%+\ufffd-]++@(?:(?:[\w\ufffd-]{1,63}\.){1,8}[^\W\d_]{2,24}\b|\[[0-9A-Fa-f:.]{2,45}\])",
    _email,
    mark="@",
)
# A search is quickest from the first dot, so the first octet is looked back at, whose width must be known there.
_FIRST = "|".join(rf"(?<=(?<![0-9.])([0-9]{{{width}}})\.)" for width in (1, 2, 3))
_OCTET = r"([0-9]{1,3})"
_IPV4 = rf"\.(?:{_FIRST}){_OCTET}\.{_OCTET}\.{_OCTET}(?![0-9]|\.[0-9])"
IPV4 = Kind("IPv4 address", "", _IPV4, _ipv4, mark=".", marks=3)
_IPV6 = r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?![\w:]|\.\w)"
IPV6 = tuple(Kind("IPv6 address", "", _IPV6, _ipv6, mark, marks) for mark, marks in (("::", 1), (":", 7)))
