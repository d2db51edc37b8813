"""The name of a span without what it says of one request alone: literals of statements, query strings, ids.

Conventions ask for names of low cardinality (OpenTelemetry, trace API, Span), and for literals replaced by `?` (semantic
conventions, `db.query.text`), but older instrumentations name a span by the whole statement. A name is always published,
as is that of a service or of a peer. What may be one or the other is cut: a name that says less is still a name.

>>> public_name("SELECT * FROM patients WHERE name = 'Jane Roe' AND ssn = 078", "")
'SELECT * FROM patients WHERE name = ? AND ssn = ?'
>>> public_name("GET /reset?token=abc", "")
'GET /reset'
"""

import re

RULES = 2
"""Goes up with each change of these rules: what was kept under others is not shown again."""

_STATEMENT = re.compile(
    r"(?<![\w/.$-])(?:select|insert|update|delete|merge|upsert|replace|with|call|exec(?:ute)?|create|alter|drop|grant|revoke|set|values|copy"
    r"|explain|truncate|begin|declare|match|prepare|show|use|from|into|where|join|unwind|pragma|fetch|kill|load|comment|do|if|having"
    r"|limit|analyze|deallocate|optional|foreach|query|mutation|subscription|fragment)(?![\w/.-])|\A\s*(?:/\*|--)",
    re.IGNORECASE,
)
_GRAPH = re.compile(r"\b(?:query|mutation|subscription|fragment)\b[^{]{0,300}\{|\A\s*\{", re.IGNORECASE)
_KEY_VALUE = re.compile(
    r"redis|valkey|memcache|keydb|dragonfly|etcd|aerospike|hazelcast|geode|infinispan|tarantool|rocksdb|leveldb"
)
_DOCUMENTS = re.compile(
    r"mongo|document|elastic|opensearch|couch|cosmos|dynamo|firestore|firebase|solr|arango"
)
_TEXTS_IN_DOUBLE = re.compile(
    r"mysql|maria|tidb|percona|aurora|hive|spark|bigquery|neo4j|memgraph|databricks"
)

# A command of a store of keys by its looks: words in capitals, then a key that has a colon in it and is no address; or its name alone.
_COMMAND = re.compile(
    r"\s*[A-Z]{2,16}\s{1,9}(?:(?:[A-Z]{2,16}|\d{1,9})\s{1,9}){0,3}(?!/|\w{1,9}://)[^\s/(]{1,80}:[^\s:]"
    r"|(?i:\s*(?:(?:[hzlrsmx]|bl|br|p|inc|dec|get)(?:m?set|m?get|getall|del|push|pop|range|add|rem|members|ismember|score|scan|keys|vals|incrby)"
    r"|setn?ex|setnx|psetex|(?:in|de)crby|eval(?:sha)?|auth|hello|pfadd)\s"
    r"|\s*(?:set|get|del|mget|mset|incr|decr|expire|exists|ttl|publish|touch|append|cas|gets)\s{1,9}(?!/|\w{1,9}://)[^\s/(]{1,80}:[^\s:])"
)
_STORE = re.compile(
    r"\s*[\[(]?(?:redis|valkey|memcached?|keydb)[\w-]{0,20}[\])]?[\s.:>]\s{0,9}(?=\S)", re.IGNORECASE
)

# What a statement is made of, in any dialect; at each place the first that fits.
_PARTS = re.compile(
    r"""(?P<comment>/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)|--[^\n]*|(?:(?<!\S)\#|//)[^\n]*)
    |(?P<literal>[nN]?[qQ]'(?:\[.*?(?:\]'|\Z)|\{.*?(?:\}'|\Z)|\(.*?(?:\)'|\Z)|<.*?(?:>'|\Z)|(?P<q>[^\s\[{(<]).*?(?:(?P=q)'|\Z))
    |\$(?P<tag>[^\W\d]\w{0,62}|)\$.*?(?:\$(?P=tag)\$|\Z)
    |[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
    |(?:[nNxXbBuU]|[uU]&|_[A-Za-z]\w{0,15}\s{0,3})?'(?:[^'\\]|''|\\[^'])*(?:\\'.*|'|\Z)
    |\"{3}.*?(?:\"{3}|\Z)|[‘’‚ʼ＇´][^‘’ʼ＇´]*(?:[‘’ʼ＇´]|\Z)|[“„”＂«»][^“”＂«»]*(?:[“”＂«»]|\Z)|/(?![/\s*])[^/\s][^/\n]{0,99}/(?=[,}\])\s]|[gimsx]))
    |(?P<double>"(?:[^"\\]|""|\\.)*(?:"|\\?\Z))
    |(?P<name>`[^`]*(?:`|\Z)|(?<=[mM]\s)\[[^\]\n]{1,128}\]|:(?=:)|[:@%]{1,2}[^\W\d]\w*|[:$?@]\d{1,3}(?!\w)|\{\w+\})
    |(?P<id>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>[-+]?\.?\d[\w.]*(?:(?<=[eE])[-+]?\d+)?)""",
    re.DOTALL | re.VERBOSE,
)
_NAMES_AFTER = re.compile(r"(?:\.|\b(?:from|join|into|update|table|as))\s{0,9}$", re.IGNORECASE)
_PLAIN = re.compile(r'"[^\W\d][\w$]*"')
_BARE = re.compile(r"([{(,\[]\s{0,9}\$?[\w.$]{1,60}\s{0,9}:\s{0,9})[^\s{\[?\"',})][^,})]*")
_PASSWORD = re.compile(r"(\b(?:identified\s{1,9}by|password|pwd)\s{1,9}=?\s{0,9})[^\s?=;]+", re.IGNORECASE)
_ARGUMENTS = re.compile(r"\A\s*(exec(?:ute)?|call)\s+([^\s(]+)\s+.*", re.IGNORECASE | re.DOTALL)
_TOGETHER = re.compile(r"\?{2,}")

_ASKED = re.compile(
    r"(?:(?<=[^/\s])[?？](?=\S)|[?？](?=[^/\s?,.)}:;-])|%(?:25){0,5}3[fF]|[;&][\w.\[\]-]{1,60}=).*", re.DOTALL
)
_FRAGMENT = re.compile(r"(?<=\S)#\S.*", re.DOTALL)
_QUOTED = re.compile(r"""'[^']*'|"[^"]*(?:"|\Z)|[“„«][^“”»]*(?:[“”»]|\Z)|‘[^’]*’""")
_VALUE = re.compile(r"(?<![\w.-])([\w.-]{1,40}=)[^\s,;)&?]+")
_ID = re.compile(
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?<![0-9A-Za-z])(?=[A-Fa-f]{0,63}\d)[0-9A-Fa-f]{16,}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[-+]?\d(?:-?\d){4,}(?![0-9A-Za-z])|(?<=/)[-+]?\d+(?=[/\s,;:.]|\Z)|(?<=\w\()\d{3,}(?=\))"
    r"|(?<!\d)\d(?:[- ]?\d){7,}(?![0-9A-Za-z])"
    r"|(?<=/)(?=(?:[A-Za-z_-]{0,31}\d){3})[0-9A-Za-z_-]{8,}(?=[/\s.,;:)]|\Z)|(?<=/)(?=[A-Za-z_-]{0,31}\d[A-Za-z_-]{0,31}\d)[0-9A-Za-z_-]{16,}(?=[/\s.,;:)]|\Z)"
    r"|(?<![0-9A-Za-z])(?=(?:[A-Za-z]{0,31}\d){4})[0-9A-Za-z]{16,}(?![0-9A-Za-z])"
    r"|(?<![\w-])(?=[\w-]{0,63}[A-Z])(?=[\w-]{0,63}[a-z])(?=(?:[A-Za-z_-]{0,31}\d){3})[0-9A-Za-z_-]{16,}(?![\w-])"
    r"|(?<=/_doc/)[^/\s]+|(?<=/_create/)[^/\s]+|(?<=/_update/)[^/\s]+|(?<=/_source/)[^/\s]+"
)


def public_name(name: str, system: str) -> str:
    """Return the name of a span as it may be published; `system` is the kind of database that it calls, if any."""
    name = name.strip("\ufeff\0 \t\r\n")
    store = _STORE.match(name)
    if store or _KEY_VALUE.search(system) or _COMMAND.match(name):
        first = len(store[0]) if store else 0
        command, *rest = name[first:].split(maxsplit=1)
        return f"{name[:first]}{command.partition('(')[0]}{' ?' if rest or '(' in command else ''}"
    says_sql = name[:6].lower() == "select" or (not _DOCUMENTS.search(system) and _STATEMENT.search(name))
    if not says_sql and (_DOCUMENTS.search(system) or '{"' in name or ".find(" in name or name[:1] == "{"):
        head = re.split(r"[{\[(]", name, maxsplit=1)[0]
        return " ".join([_without_request(head), *(["{?}"] if head != name else [])]).strip()
    if system or says_sql:
        return _without_literals(name, system)
    return _without_request(name)


def _without_request(name: str) -> str:
    """Return a path, an address or a sentence without what one request asks: its query, texts in quotes, ids."""
    path = _ASKED.sub("", name)
    path = _FRAGMENT.sub("", path) if "/" in path else path
    return _ID.sub("?", _VALUE.sub(r"\1?", _QUOTED.sub("?", path))).strip()


def _without_literals(statement: str, system: str) -> str:
    """Return a statement of SQL, or of a language like it, with `?` for its literals, and without comments."""
    called = _ARGUMENTS.match(statement)
    if called:
        return f"{called[1]} {called[2]} ?"
    parts: list[str] = []
    reached = 0
    for found in _PARTS.finditer(statement):
        parts += (statement[reached : found.start()], _part(found, statement, system))
        reached = found.end()
    text = " ".join("".join([*parts, statement[reached:]]).split())
    if _GRAPH.search(text):
        text = _BARE.sub(r"\1?", text)
    return _PASSWORD.sub(r"\1?", _TOGETHER.sub("?", text))


def _part(found: re.Match[str], statement: str, system: str) -> str:
    """Return what stands for one part of a statement. In double quotes stand names (ISO SQL), or texts (MySQL)."""
    kind, part = found.lastgroup, found[0]
    if kind == "comment":
        return " "
    if kind in {"word", "name"}:
        return part
    if kind == "double" and _PLAIN.fullmatch(part) and not _TEXTS_IN_DOUBLE.search(system):
        before, after = statement[max(0, found.start() - 20) : found.start()], statement[found.end() :][:1]
        if after == "." or _NAMES_AFTER.search(before):
            return part
    return "?"
