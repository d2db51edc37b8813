import pytest
from sitegen.traces.names import public_name


@pytest.mark.parametrize(
    ("name", "system", "public"),
    [
        ("SELECT * FROM patients WHERE name = 'Jane Roe' AND ssn = '078-05-1120'", "", "SELECT * FROM patients WHERE name = ? AND ssn = ?"),
        ("select 1, 2.5, -3, 0xFF, 1e9 from t", "", "select ?, ?, ?, ?, ? from t"),
        ("INSERT INTO t VALUES ('it''s', E'a\\'b', N'x', $$dollar 'q'$$, $tag$ a $tag$)", "postgresql", "INSERT INTO t VALUES (?, ?, ?, ?, ?)"),
        ('UPDATE users SET mail = "jane@example.org" WHERE id IN (17, 18)', "mysql", "UPDATE users SET mail = ? WHERE id IN (?, ?)"),
        ('SELECT "u"."name" FROM "users" AS "u" LIMIT 10', "", 'SELECT "u"."name" FROM "users" AS "u" LIMIT ?'),
        ("SELECT a /* for Jane */ FROM t -- Jane\nWHERE b = 'x", "", "SELECT a FROM t WHERE b = ?"),
        ("WITH x AS (SELECT 5) SELECT * FROM x WHERE y LIKE 'Jane%'", "", "WITH x AS (SELECT ?) SELECT * FROM x WHERE y LIKE ?"),
        ("SELECT shop.carts", "", "SELECT shop.carts"), ("SELECT orders2 WHERE id = $1 AND b = :name", "", "SELECT orders2 WHERE id = $1 AND b = :name"),
        ("SET user:jane 4111", "redis", "SET ?"), ("PING", "redis", "PING"), ("GET user:42", "valkey", "GET ?"),
        ('find {"name": "Jane", "age": 42}', "mongodb", "find {?: ?, ?: ?}"), ('query { user(mail: "jane@x", id: 5) { name } }', "", "query { user(mail: ?, id: ?) { name } }"),
        ("GET /reset?token=abc", "", "GET /reset"), ("https://shop/pay?card=4111#x done", "", "https://shop/pay done"),
        ("GET /users/{id}", "", "GET /users/{id}"), ("GET /users/123456/orders", "", "GET /users/?/orders"), ("GET /v2/orders/7", "", "GET /v2/orders/7"),
        ("GET /o/5b8efff7-9803-8103-d269-b633813fc60c", "", "GET /o/?"), ("POST /cart", "", "POST /cart"), ("orders process", "", "orders process"),
        ("GET /patients/_search?q=name:jane", "elasticsearch", "GET /patients/_search"), ("SET user:jane 4111", "", "SET ?"), ("HGETALL session:jane", "", "HGETALL ?"),
        ("SELECT a FROM t # for Jane\nWHERE b=1", "", "SELECT a FROM t WHERE b=?"), ("PREPARE x AS SELECT 'O Neil", "", "PREPARE x AS SELECT ?"),
        ("EXEC find_patient Jane", "", "EXEC find_patient ?"), ("find {name: Jane, age: 7}", "mongodb", "find {name: ?, age: ?}"),
        ("GET reset?token=abc", "", "GET reset"), ("is it late?", "", "is it late?"), ("GET https://shop/a:1/b", "", "GET https://shop/a:1/b"),
        ("charge 'Jane Roe'", "", "charge ?"), ("don't panic", "", "don't panic"), ("", "", ""),
    ],
)  # fmt: skip
def test_a_name_keeps_what_is_of_its_kind_and_no_literal(name, system, public):
    assert public_name(name, system) == public
