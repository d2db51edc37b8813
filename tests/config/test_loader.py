import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sitegen.config import load_config
from sitegen.errors import ConfigError

SOURCE = "[[metrics.sources]]\nname = 'prom'\ntype = 'prometheus'\nurl = 'http://127.0.0.1:9090'\n"
PANEL = "[[metrics.panels]]\nid = 'p95'\ntitle = 'Latency'\nquery = 'sitegen_up'\n"
PROBE = "[[probes]]\nid = 'api'\ntitle = 'API'\nurl = 'http://127.0.0.1/'\n"
SLO = "[[slos]]\nid = 'api'\ntitle = 'API'\n"


def test_an_empty_file_is_a_whole_configuration(load, tmp_path):
    config = load("")
    assert (config.site.title, config.site.language, config.site.theme, config.site.mode) == (
        "sitegen", "en", "terminal", "dark",
    )  # fmt: skip
    assert (config.site.output, config.site.state) == (tmp_path / "dist", tmp_path / ".sitegen")
    assert (config.build.cycle, config.build.gather, config.build.deadline) == (30.0, 10.0, 15.0)
    assert config.build.workers == "auto"
    assert (config.traces_kept, config.secrets, config.probes) == (200, (), ())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sites = 1", "sites: unknown key; did you mean 'site'?"),
        ("qqqq = 1", "qqqq: unknown key; valid keys: site, build, metrics, traces, logs, redaction, overview, probes, maintenance, slos, deploy"),
        ("[site]\ntitel = 'x'", "site.titel: unknown key; did you mean 'title'?"),
        ("[build.sections.metrics]\nthread = 2", "build.sections.metrics.thread: unknown key; did you mean 'threads'?"),
        ("[build.sections.metric]\nthreads = 2", "build.sections.metric: unknown key; did you mean 'metrics'?"),
        (PANEL + PANEL.replace("title", "tittle"), "metrics.panels[1].tittle: unknown key; did you mean 'title'?"),
        (SOURCE + "tls_config = { cafile = 'x' }", "metrics.sources[0].tls_config.cafile: unknown key; did you mean 'ca_file'?"),
        (SOURCE + "basic_auth = { user = 'x' }", "metrics.sources[0].basic_auth.user: unknown key; did you mean 'username'?"),
        (SOURCE + "[metrics.sources.http_headers.X-Key]\nsecret = ['x']",
         "metrics.sources[0].http_headers.X-Key.secret: unknown key; did you mean 'secrets'?"),
        (PANEL + "thresholds = [{ value = 1, state = 'warn' }]",
         "metrics.panels[0].thresholds[0].state: unknown key; did you mean 'status'?"),
        ("[deploy.targets.a]\npath = 'x'\n[deploy.targets.b]\npaht = 'y'", "deploy.targets.b.paht: unknown key; did you mean 'path'?"),
        ("[deploy.targets.b]\nbuckets = [{ name = 'abc', regoin = 'x' }]",
         "deploy.targets.b.buckets[0].regoin: unknown key; did you mean 'region'?"),
        ("[deploy.targets.'odd name']\npaht = 'y'", "deploy.targets.odd name.paht: unknown key; did you mean 'path'?"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_named_with_its_place_and_the_nearest_valid_one(refuse, text, sentence):
    assert refuse(text) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("site = 3", "site: expected a table, found a whole number"),
        ("[site]\ntitle = 3", "site.title: expected text, found a whole number"),
        ("[site]\ntitle = true", "site.title: expected text, found true or false"),
        ("[site]\ntitle = ['x']", "site.title: expected text, found a list"),
        ("[site.palette]\nfg = 3", "site.palette.fg: expected text, found a whole number"),
        ("[build]\nworkers = true", "build.workers: expected a whole number or text, found true or false"),
        ("[build]\ncycle = 30", "build.cycle: expected text, found a whole number"),
        ("[traces]\nkeep = 1.5", "traces.keep: expected a whole number, found a number"),
        ("[traces]\nkeep = true", "traces.keep: expected a whole number, found true or false"),
        ("[metrics]\nsources = { a = 1 }", "metrics.sources: expected a list, found a table"),
        ("[metrics]\nsources = ['a']", "metrics.sources[0]: expected a table, found text"),
        (SOURCE + "basic_auth = 'me'", "metrics.sources[0].basic_auth: expected a table, found text"),
        (PANEL + "windows = '1h'", "metrics.panels[0].windows: expected a list, found text"),
        (PANEL + "windows = [3600]", "metrics.panels[0].windows[0]: expected text, found a whole number"),
        (PANEL + "thresholds = [{ value = true, status = 'warn' }]",
         "metrics.panels[0].thresholds[0].value: expected a number, found true or false"),
        ("[deploy]\ncost_cap_usd_month = true", "deploy.cost_cap_usd_month: expected a number, found true or false"),
        ("[deploy.targets.a]\nbuckets = 'b'", "deploy.targets.a.buckets: expected a list, found text"),
        ("[[maintenance]]\ntitle = 'x'\nstart = 2026-11-23\nend = ''", "maintenance[0].start: expected text, found a date"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_told_in_words(refuse, text, sentence):
    assert refuse(text) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[site]\nmode = 'drak'", "site.mode: 'drak' is not known; did you mean 'dark'?"),
        ("[site]\nmode = 'x'", "site.mode: 'x' is not known; choose one of: dark, auto, light"),
        ("[build]\nworkers = 'autp'", "build.workers: 'autp' is not known; did you mean 'auto'?"),
        (PANEL + "kind = 'heat map'", "metrics.panels[0].kind: 'heat map' is not known; did you mean 'heatmap'?"),
        (SOURCE.replace("'prometheus'", "'promethues'"), "metrics.sources[0].type: 'promethues' is not known; did you mean 'prometheus'?"),
        ("[redaction]\nip = 'hide'", "redaction.ip: 'hide' is not known; choose one of: mask, show"),
        (PANEL + "thresholds = [{ value = 1, status = 'war' }]",
         "metrics.panels[0].thresholds[0].status: 'war' is not known; did you mean 'warn'?"),
    ],
)  # fmt: skip
def test_a_word_that_is_not_one_of_the_choices_is_told_the_nearest(refuse, text, sentence):
    assert refuse(text) == sentence


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[metrics.sources]]\nname = 'a'", "metrics.sources[0].type"),
        ("[[metrics.panels]]\nid = 'a'\ntitle = 'b'", "metrics.panels[0].query"),
        ("[[probes]]\nid = 'a'\ntitle = 'b'", "probes[0].url"),
        (PROBE + "[[probes]]\ntitle = 'b'\nurl = 'http://x/'", "probes[1].id"),
        ("[deploy.targets.a]\nbuckets = [{}]", "deploy.targets.a.buckets[0].name"),
    ],
)
def test_a_key_that_must_be_there_is_named(refuse, text, key):
    assert refuse(text) == f"{key}: is missing; add it"


def test_a_missing_file_names_the_nearest_one_beside_it(tmp_path):
    (tmp_path / "sitegen.toml").write_text("", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"sitegn.toml: no such file; run `sitegen init`.*did you mean .*/sitegen.toml\?"
    ):
        load_config(tmp_path / "sitegn.toml", {})


def test_a_missing_file_in_a_missing_folder_says_so(tmp_path):
    with pytest.raises(ConfigError, match="no such file; run `sitegen init`"):
        load_config(tmp_path / "nowhere" / "sitegen.toml", {})


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path, {})


@pytest.mark.parametrize("text", ["title", "[site", "a = ", "[site]\n[site]\n", "a = 1\na = 2", "a = 'x\ny'"])
def test_what_is_not_toml_is_refused_with_the_place(refuse, text):
    assert refuse(text).startswith("is not TOML: ")


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[site]\ntitle = '\xe9'", b"\x00"])
def test_what_is_not_utf_8_or_not_text_is_refused(refuse, text):
    assert refuse(text).startswith(("cannot be read (it is not UTF-8 text)", "is not TOML"))


def test_a_byte_order_mark_is_no_part_of_the_file(load):
    assert load(b"\xef\xbb\xbf[site]\ntitle = 'x'").site.title == "x"


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 9000 + "]" * 9000, "a = " + "{ b = " * 4000 + "1" + " }" * 4000, "[traces]\nkeep = " + "9" * 6000,
     "[traces]\nkeep = " + "9" * 40, SLO + "target = 1" + "0" * 400, "[" + "a." * 5000 + "a]"],
)  # fmt: skip
def test_nothing_in_a_file_is_too_deep_or_too_large_for_a_sentence(refuse, text):
    assert refuse(text)


def test_keys_and_values_with_line_breaks_still_give_one_line(refuse):
    assert refuse('[site]\n"ti\\ntle" = 3').startswith("site.ti␊tle: unknown key; did you mean 'title'?")
    assert "\n" not in refuse('[site]\nmode = "a\\nb"')


def test_variables_are_expanded_everywhere(load):
    config = load(
        "[site]\ntitle = '${WHO} at $$5 and $x'\n"
        + PANEL.replace("'sitegen_up'", "'up{job=\"${JOB}\"}'")
        + SOURCE,
        {"WHO": "me", "JOB": "a$b"},
    )
    assert config.site.title == "me at $5 and $x"
    assert config.panels[0].query == 'up{job="a$b"}'


def test_a_variable_that_is_not_set_is_named_with_its_key(refuse):
    assert refuse(SOURCE + PANEL.replace("'sitegen_up'", "'${MISSING}'")) == (
        "metrics.panels[0].query: ${MISSING} is not set in the environment; set it, or write $$ for a dollar"
    )


@pytest.mark.parametrize("text", ["${}", "${1}", "${open", "${a-b}"])
def test_what_is_no_variable_is_refused_with_the_way_to_write_one(refuse, text):
    assert refuse(f"[site]\ntitle = '{text}'") == "site.title: write a variable as ${NAME}, or a dollar as $$"


def test_a_variable_that_is_empty_is_empty(load):
    assert load("[site]\ndescription = '${NONE}'", {"NONE": ""}).site.description == ""


_keys = st.sampled_from(
    ["site", "build", "metrics", "sources", "panels", "targets", "deploy", "title", "probes", "x", "a b"]
)
_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


def _toml(value):
    """Write a value as TOML, as far as TOML has such values."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return (
                '"'
                + "".join(f"\\U{ord(c):08x}" if not 0xD800 <= ord(c) < 0xE000 else "?" for c in value)
                + '"'
            )
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return "{ " + ", ".join(f'"{key}" = {_toml(item)}' for key, item in value.items()) + " }"
        case None:
            return "''"
        case float() | int():
            return repr(value)
        case _:
            return value.isoformat()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(_keys, _values, max_size=5))
def test_any_file_is_a_configuration_or_an_error_of_one_line(load, document):
    text = "\n".join(f'"{key}" = {_toml(value)}' for key, value in document.items())
    sentence = "none"
    try:
        load(text)
    except ConfigError as error:
        sentence = str(error)
    assert sentence.isprintable()
