import base64

import pytest

SOURCE = "[[metrics.sources]]\nname = 'prom'\ntype = 'prometheus'\nurl = 'http://127.0.0.1:9090'\n"


def test_a_password_is_read_and_remembered_in_both_its_forms(load):
    config = load(SOURCE + "basic_auth = { username = 'me', password = 'pa55' }")
    endpoint = config.metric_sources[0].endpoint
    assert (endpoint.username, endpoint.password) == ("me", "pa55")
    assert set(config.secrets) == {"pa55", base64.b64encode(b"me:pa55").decode()}


@pytest.mark.parametrize(
    ("table", "name"),
    [("basic_auth = {{ username = 'me', password_file = '{0}' }}", "password"),
     ("basic_auth = {{ username_file = '{0}', password = 'x' }}", "username"),
     ("authorization = {{ credentials_file = '{0}' }}", "authorization")],
)  # fmt: skip
def test_every_secret_may_stand_in_a_file_beside_the_configuration(load, tmp_path, table, name):
    (tmp_path / "secret.txt").write_text("from-file\n", encoding="utf-8")
    for path in ("secret.txt", str(tmp_path / "secret.txt")):
        endpoint = load(SOURCE + table.format(path)).metric_sources[0].endpoint
        assert getattr(endpoint, name).endswith("from-file")


def test_authorization_is_the_type_and_the_credentials(load):
    config = load(SOURCE + "authorization = { credentials = 't0ken' }")
    assert config.metric_sources[0].endpoint.authorization == "Bearer t0ken"
    assert config.secrets == ("t0ken",)
    config = load(SOURCE + "authorization = { type = 'Basic', credentials = 't0ken' }")
    assert config.metric_sources[0].endpoint.authorization == "Basic t0ken"


def test_headers_join_their_values_secrets_and_files(load, tmp_path):
    (tmp_path / "key").write_text("c3\n", encoding="utf-8")
    config = load(
        SOURCE + "http_headers = { X-Key = { values = ['a1'], secrets = ['b2'], files = ['key'] } }"
    )
    assert config.metric_sources[0].endpoint.headers == {"X-Key": "a1, b2, c3"}
    assert set(config.secrets) == {"b2", "c3"}


def test_every_header_of_a_probe_is_a_secret_but_those_that_browsers_send(load):
    headers = {
        "Authorization": "Bearer t0ken",
        "X-Tenant": "team a",
        "Accept": "text/html",
        "HOST": "a.example",
    }
    table = ", ".join(f"{name} = '{value}'" for name, value in headers.items())
    config = load(f"[[probes]]\nid = 'a'\ntitle = 'A'\nurl = 'http://x/'\nheaders = {{ {table} }}")
    assert config.probes[0].headers == headers
    assert config.secrets == ("Bearer t0ken", "t0ken", "team a")


def test_a_password_in_a_url_is_a_secret_in_the_form_of_its_header_too(load):
    config = load(SOURCE.replace("http://", "http://me:p%40ss@"))
    assert set(config.secrets) == {"p%40ss", "p@ss", "bWU6cEBzcw=="}


def test_what_the_query_of_a_url_calls_a_secret_is_one(load):
    config = load("[[probes]]\nid = 'a'\ntitle = 'A'\nurl = 'http://x/?page=2&api_key=k%2B1&token='")
    assert config.secrets == ("k+1",)


@pytest.mark.parametrize(
    ("table", "key"),
    [("basic_auth = { password = 'a', password_file = 'b' }", "basic_auth.password"),
     ("basic_auth = { username = 'a', username_file = 'b' }", "basic_auth.username"),
     ("authorization = { credentials = 'a', credentials_file = 'b' }", "authorization.credentials")],
)  # fmt: skip
def test_a_secret_given_twice_is_refused(refuse, table, key):
    name = key.rpartition(".")[2]
    assert refuse(SOURCE + table) == f"metrics.sources[0].{key}: given twice; keep {name} or {name}_file"


@pytest.mark.parametrize(
    ("table", "key"),
    [("basic_auth = { password_file = 'gone' }", "basic_auth.password_file"),
     ("authorization = { credentials_file = 'gone' }", "authorization.credentials_file"),
     ("http_headers = { X = { files = ['gone'] } }", "http_headers.X.files")],
)  # fmt: skip
def test_a_secret_file_that_cannot_be_read_is_named(refuse, tmp_path, table, key):
    assert refuse(SOURCE + table) == (
        f"metrics.sources[0].{key}: {tmp_path / 'gone'} cannot be read (No such file or directory)"
    )


def test_a_secret_file_that_is_no_text_is_named(refuse, tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    assert "cannot be read (not UTF-8 text)" in refuse(SOURCE + "basic_auth = { password_file = 'key' }")


def test_a_file_key_is_a_path_of_its_own_and_not_empty(refuse):
    assert refuse(SOURCE + "basic_auth = { password_file = '' }").endswith("password_file: '' is no path")


@pytest.mark.parametrize("value", ["a\\nb", "a\\r\\nX-Evil: 1", "\\u0000", "ключ"])
def test_what_becomes_a_header_is_one_line_of_ascii_and_never_shown(refuse, value):
    for table in (
        f'authorization = {{ credentials = "{value}" }}',
        f'http_headers = {{ X = {{ secrets = ["{value}"] }} }}',
    ):
        sentence = refuse(SOURCE + table)
        assert sentence.endswith("must be a single line of ASCII, as it becomes a header")
        assert "Evil" not in sentence


def test_a_headers_name_is_a_token(refuse):
    assert "is no name of a header" in refuse(SOURCE + "http_headers = { 'X Y' = { values = ['a'] } }")


@pytest.mark.parametrize("name", ["Authorization", "host", "Content-Length", "Accept-Encoding"])
def test_a_header_that_sitegen_sets_itself_is_refused(refuse, name):
    said = refuse(SOURCE + f"http_headers = {{ {name} = {{ values = ['a'] }} }}")
    assert said.startswith(f"metrics.sources[0].http_headers.{name}: is set by sitegen itself")


def test_authorization_needs_credentials(refuse):
    assert refuse(SOURCE + "authorization = {}").endswith("needs `credentials` or `credentials_file`")


def test_basic_auth_and_authorization_exclude_each_other(refuse):
    text = SOURCE + "basic_auth = { password = 'a' }\nauthorization = { credentials = 'b' }"
    assert refuse(text).startswith("metrics.sources[0].authorization: ")


def test_without_secrets_there_are_none(load):
    assert load(SOURCE).secrets == ()
