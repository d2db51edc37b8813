"""How a secret may be written: nine kinds of secrets, each in the forms that programs write, and the encodings around them.

A spelling is a form in an encoding. Every secret is a word that stands nowhere else, so it is cut if
it can be found no more, neither as it is nor in the encoding. Keys are put together here, so that no
scanner takes this file for a leak.
"""

import base64
import html
import json
import random
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

CANARY = "Zq7RvT3xWb9Kp5Lm"
"""The secret, or what of it must not be read."""

_BEGIN, _END = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
_C = CANARY

# kind -> its forms, the plainest first. C stands for the canary.
FORMS: dict[str, tuple[str, ...]] = {
    "private key": (
        f"{_BEGIN}\nMIIEow{_C}\n{_END}", f"{_BEGIN}\r\nProc-Type: 4,ENCRYPTED\r\n\r\nab\r\n{_C}\r\n", f"key={_BEGIN}\\n{_C}\\n{_END}\\n done",
        "-----BEGIN PGP " + f"PRIVATE KEY BLOCK-----\n\nlQ{_C}\n-----END PGP " + "PRIVATE KEY BLOCK-----", f"{_BEGIN} {_C} {_END}",
    ),
    "password": (
        f"password={_C}", f"login failed password:\n  {_C}", f"DB_PASS = '{_C}' # x", f'{{"user":"kim","passwd":"{_C}","n":1}}', f"password: |\n  {_C}\nnext: 1",
        f"db.password=\n{_C}", f"<password>{_C}</password>", f'<add key="Password" value="{_C}"/>', f'<entry key="db.password">{_C}</entry>', f"<secret><![CDATA[{_C}]]></secret>",
        f"<key>password</key>\n<string>{_C}</string>", f'{{"key":"password","value":{{"stringValue":"{_C}"}}}}', f"- name: DB_PASSWORD\n  value: {_C}", f'{{"password":{{"S":"{_C}"}}}}',
        f"Server=db;User Id=sa;Pwd={_C};Encrypt=yes", f"password2={_C}", f"password => '{_C}',",
    ),
    "header": (
        f'{{"X-Api-Key":["{_C}"]}}', f"X-Api-Key: {_C}", f'{{"name":"Authorization","value":"Bearer {_C}"}}', f'{{"value":"{_C}","name":"X-Auth-Token"}}', f'["X-Api-Key","{_C}"]',
        f"map[Accept:[*/*] X-Api-Key:[{_C}]]", f"[('Host', 'a'), ('Authorization', 'Token {_C}')]", f"(b'x-api-key', b'{_C}')", f'Authorization: Digest username="kim", response="{_C}"',
        f"authorization: Bearer {_C}", f"Cookie: theme=dark; sid={_C}", f'{{"Set-Cookie":["a=b; Path=/","sid={_C}; HttpOnly"]}}', f"Proxy-Authorization: Basic {_C}",
        f'<header name="X-Api-Key" value="{_C}"/>', f"<name>Authorization</name><value>Bearer {_C}</value>", f"-H 'X-Api-Key: {_C}'",
    ),
    "command line": (
        f"mysql -uroot -p{_C} shop", f"sshpass -p {_C} ssh kim@db", f"sshpass -p'{_C}' ssh db", f"curl -u kim:{_C} https://a.example/", f"curl --user 'kim:{_C}' https://a.example/", f"mysqldump -h db -p'{_C}' shop",
        f"docker login -u kim -p {_C} registry", f"machine db.example login kim password {_C}", f"default login kim password {_C}", f"machine db\n  login kim\n  password {_C}\n", f"PGPASSWORD={_C} psql -h db",
        f"tool --api-key {_C} --verbose", f'["mysql","-p{_C}"]', f'["tool","--password","{_C}"]', f"redis-cli -a {_C} ping", f"ldapsearch -x -w {_C}",
    ),
    "address of the web": (
        f"https://kim:{_C}@a.example/x", f"https://a.example/cb?code={_C}&state=1", f"https://a.example/reset/{_C}", f"https://a.example/password/reset/MQ/{_C}/", f"GET /verify-email/{_C}?x=1 200",
        f"/x?access_token={_C}&page=2", f"https://{_C}@git.example/x", f"postgres://:{_C}@db:5432/x", f"https://a.example/x?reset={_C}", f"https://s3.example/b/k?X-Amz-Signature={_C}", f"https://hooks.slack.com/services/T0/B0/{_C}{_C}",
    ),
    "hash": (
        f"kim:$6$saltsalt${_C}{_C}:19000", f"$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ${_C}", f"$2y$10${_C}{_C}{_C}", "kim:$apr1$abc$" + _C, f"{{SSHA}}{_C}{_C}", f"pbkdf2_sha256$260000$salt${_C}=", f"$y$j9T$abc${_C}",
    ),
    "token": (
        "ghp_" + _C * 3, "eyJhbGciOiJIUzI1NiJ9." + f"{_C}.{_C}", "glpat-" + _C * 2, "xoxb-" + _C, "npm_" + (_C * 3)[:36], "hvs." + _C * 2, "sk-" + _C * 2, "SG." + f"{_C}.{_C}",
    ),
    "e-mail": (f"{_C}@mail.example", f"mail from <{_C}@mail.example> now", f"jörg.{_C}@bücher.example", f"to={_C}@exämple.org;", f"{_C}+tag@sub.mail.example"),
    "IP": ("from 203.0.113.77 port 22", "203.0.113.77:443", "[2001:db8::dead:bee7]:443", "x=2001:db8:0:1:1:1:113:77"),
}  # fmt: skip
_IP_SECRETS = ("113.77", "dead:bee7", "1:1:113:77")

Encoding = Callable[[str], str]


def _sprinkled(mark: str) -> Encoding:
    return lambda text: "".join(sign + mark if sign.isalnum() else sign for sign in text)


def _each(shape: str, some: Callable[[str], bool] = lambda sign: not sign.isalnum()) -> Encoding:
    return lambda text: "".join(
        shape.format(ord(sign)) if ord(sign) < 0x10000 and some(sign) else sign for sign in text
    )


def _coloured(text: str) -> str:
    return "".join(f"\x1b[3{place % 8}m{word}\x1b[0m" for place, word in enumerate(_parted(text)))


def _parted(text: str) -> Iterator[str]:
    word = ""
    for sign in text:
        if word and sign.isalnum() != word[-1].isalnum():
            yield word
            word = ""
        word += sign
    yield word


def _any(_sign: str) -> bool:
    return True


ENCODINGS: dict[str, Encoding] = {
    "plain": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, lower case": lambda text: "".join(f"%{byte:02x}" if not chr(byte).isalnum() or byte > 127 else chr(byte) for byte in text.encode()),
    "percent, every character": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "form": quote_plus,
    "JSON": lambda text: json.dumps({"m": text}),
    "JSON with slashes": lambda text: json.dumps(text, ensure_ascii=False).replace("/", "\\/"),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"m": text})),
    "\\u": _each("\\u{:04x}"),
    "\\u, every character": _each("\\u{:04X}", _any),
    "\\x": _each("\\x{:02x}", lambda sign: not sign.isalnum() and ord(sign) < 128),
    "HTML, named": html.escape,
    "HTML, decimal": _each("&#{};"),
    "HTML, hexadecimal": _each("&#x{:x};"),
    "HTML, every character": _each("&#{};", _any),
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "XML": lambda text: f"<m>{html.escape(text).replace('&#x27;', '&apos;')}</m>",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hexadecimal": lambda text: text.encode().hex(),
    "colours": _coloured,
    "UTF-16": lambda text: text.encode("utf-16-le").decode("utf-8", "replace") if text.isascii() else text,
    "zero width": _sprinkled("\u200b"),
    "soft hyphens": _sprinkled("\u00ad"),
    "full width": lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
}  # fmt: skip


class Spelling(NamedTuple):
    """A secret as it is written: what it is called in `remaining.toml`, and what must not be found."""

    name: str
    text: str
    gone: frozenset[str]

    def readable_in(self, said: str) -> bool:
        """Whether the secret is there, as it is or coded; what is not seen on a screen hides nothing."""
        return any(part in text for part in self.gone for text in (said, _UNSEEN.sub("", said)))


_UNSEEN = re.compile("\x1b\\[[0-9]*m|[\0\u200b\u00ad]")


def _spell(kind: str, form: int, *names: str) -> Spelling:
    text = FORMS[kind][form]
    secret = next(one for one in (CANARY, *_IP_SECRETS) if one in text)
    gone = {secret}
    for name in names:
        text = ENCODINGS[name](text)
        gone = {coded for part in gone for coded in _inside(name, part)}
    return Spelling(f"{kind} {form}: {', '.join(names)}", text, frozenset({secret, *gone}))


def _inside(name: str, part: str) -> set[str]:
    """Return how a part of a text looks in its encoding, without what depends on its neighbours."""
    match name:
        case "base64" | "base64url":
            coded = (
                base64.b64encode(b" " * shift + part.encode())[(0, 2, 3)[shift] : -4] for shift in range(3)
            )
            return {
                piece.decode().translate(str.maketrans("+/", "-_") if name[6:] else {}) for piece in coded
            }
        case "JSON" | "JSON in JSON" | "JSON with slashes" | "XML":
            inner = ENCODINGS["HTML, named"](part) if name == "XML" else json.dumps(part)[1:-1]
            return {inner, json.dumps(inner)[1:-1]}
        case _:
            return {ENCODINGS[name](part)}


def spellings() -> Iterator[Spelling]:
    """Every form as it is, and the plainest of each kind in every encoding."""
    for kind, forms in FORMS.items():
        for form in range(len(forms)):
            yield _spell(kind, form, "plain")
        for name in list(ENCODINGS)[1:]:
            yield _spell(kind, 0, name)


def composed(count: int, seed: int = 18) -> Iterator[Spelling]:
    """So many forms at random, each in two encodings at random, one around the other."""
    chance = random.Random(seed)
    for _ in range(count):
        kind = chance.choice(list(FORMS))
        form = chance.randrange(len(FORMS[kind]))
        yield _spell(kind, form, *chance.sample(list(ENCODINGS)[1:], 2))
