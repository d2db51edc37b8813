"""The name of a span without what it says of one request alone: literals of statements, query strings, ids in paths.

Conventions ask for names of low cardinality (OpenTelemetry, trace API, Span), and for literals replaced by `?` (semantic
conventions, `db.query.text`), but older instrumentations name a span by the whole statement. A name is always published.

>>> public_name("SELECT * FROM patients WHERE name = 'Jane Roe' AND ssn = 078", "")
'SELECT * FROM patients WHERE name = ? AND ssn = ?'
>>> public_name("GET /reset?token=abc", "")
'GET /reset'
"""

import re

_STATEMENT = re.compile(
    r"\s*(?:/\*|--|\(|select\b|insert\b|update\b|delete\b|merge\b|upsert\b|replace\b|with\b|call\b|exec(?:ute)?\b|create\b|alter\b|drop\b"
    r"|grant\b|set\b|values\b|copy\b|explain\b|truncate\b|begin\b|declare\b|match\b|prepare\b|show\b|use\b)",
    re.IGNORECASE,
)
_GRAPH = re.compile(r"\s*(?:query|mutation|subscription)\b[^{]{0,200}\{|\s*\{")
_KEY_VALUE = frozenset({"redis", "valkey", "memcached", "keydb", "dragonfly"})
_DOCUMENTS = frozenset(
    {
        "mongodb",
        "elasticsearch",
        "opensearch",
        "couchdb",
        "couchbase",
        "cosmosdb",
        "dynamodb",
        "azure.cosmosdb",
        "aws.dynamodb",
    }
)

# A command of Redis by its looks: a key has a colon in it, a path begins with a slash.
_COMMAND = re.compile(r"\s*[A-Z]{2,16} (?!/|https?:)[^\s/(]{1,80}:\S*(?: .*)?", re.DOTALL)
_BARE = re.compile(r"([{,]\s{0,9}[\w.$]{1,60}\s{0,9}:\s{0,9})[^\s{\[?\"',}][^,}]*")
_COMMENT = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|$)|--[^\n]*|(?<!\S)#[^\n]*")
_DOLLAR = re.compile(r"\$([A-Za-z_]\w{0,30}|)\$.*?(?:\$\1\$|$)", re.DOTALL)
_SINGLE = re.compile(r"(?<![\w])(?:[NnEeXxBbUu]&?)?'(?:[^'\\]|''|\\.)*(?:'|$)", re.DOTALL)
_DOUBLE = re.compile(r'"(?:[^"\\]|""|\\.)*(?:"|$)', re.DOTALL)
_AFTER = re.compile(
    r"(?:[=<>(,:\[]|\b(?:like|in|values|regexp|is|then|else|when|and|or|limit))\s{0,9}$", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w.$:@{])[-+]?(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?!\w)")
_ID = re.compile(
    r"(?<=/)(?:\d{5,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|(?=[A-Za-z]{0,31}\d)[0-9A-Za-z_-]{16,})(?=/|\s|$)"
)


def public_name(name: str, system: str) -> str:
    """Return the name of a span as it may be published; `system` is the kind of database that it calls, if any."""
    command, blank, rest = name.strip().partition(" ")
    if system in _KEY_VALUE or _COMMAND.fullmatch(name):
        return f"{command} ?" if blank else command
    if command.lower() in {"exec", "execute", "call"} and "(" not in rest:
        return " ".join([command, *rest.split()[:1], *("?" for _ in rest.split()[1:2])])
    if system in _DOCUMENTS or _GRAPH.match(name):
        plain = _BARE.sub(r"\1?", _NUMBER.sub("?", _SINGLE.sub("?", _DOUBLE.sub("?", name))))
        return " ".join(map(_without_query, plain.split(" ")))
    if system or _STATEMENT.match(name):
        return _without_literals(name)
    plain = _SINGLE.sub("?", name) if name.count("'") > 1 else name
    return _ID.sub("?", " ".join(map(_without_query, plain.split(" "))))


def _without_query(word: str) -> str:
    """Return a path or an address without what a request asks of it."""
    path, mark, asked = word.partition("?")
    path = path.partition("#")[0] if "/" in path else path
    return path if "/" in path or (mark and "=" in asked) else word


def _without_literals(statement: str) -> str:
    """Return a statement of SQL, or of a language like it, with `?` for its literals, and without comments."""
    text = _NUMBER.sub("?", _SINGLE.sub("?", _DOLLAR.sub("?", _COMMENT.sub(" ", statement))))
    parts, reached = [], 0
    for found in _DOUBLE.finditer(text):
        # In double quotes stand names (ISO SQL), or texts (MySQL): where a value is due it is one.
        parts.append(text[reached : found.start()])
        parts.append("?" if _AFTER.search(parts[-1][-20:] or "") else found[0])
        reached = found.end()
    return " ".join("".join([*parts, text[reached:]]).split())
