"""Cases of public bug reports: answers that browsers and curl show, and what only a reader's own limits keep from it.

The judge of each odd answer is `curl --compressed`: what it shows with the status and the text that are expected is up.
"""

import gzip
import subprocess
import zlib
from dataclasses import dataclass

import brotli
import pytest
from msgspec.structs import replace
from sitegen.availability.model import Probe, ProbeOutcome, ServiceState
from sitegen.availability.prober import probe
from sitegen.http import Answer, Endpoint, RetryBudget, Session
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor
from tests.conftest import find_component
from tests.faulty_server import FaultyServer, Reply

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8\r\n\r\nall fine"
UP, DOWN, NO_DATA = ServiceState.UP, ServiceState.DOWN, ServiceState.NO_DATA


def page(body: bytes, *fields: str, status: str = "200 OK", length: bool = True) -> bytes:
    sized = [f"Content-Length: {len(body)}"] if length else []
    head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *sized, *fields])
    return head.encode("latin-1") + b"\r\n\r\n" + body


def chunked(*pieces: bytes, trailer: bytes = b"") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in pieces) + b"0\r\n" + trailer + b"\r\n"


def hints(count: int, size: int = 0) -> bytes:
    return (b"HTTP/1.1 103 Early Hints\r\nLink: </a.css" + b"x" * size + b">; rel=preload\r\n\r\n") * count


def cookies(count: int, size: int = 1) -> bytes:
    return b"".join(b"Set-Cookie: c%d=%s\r\n" % (number, b"v" * size) for number in range(count))


@dataclass(frozen=True)
class Case:
    """An answer, the text that is expected in it (as bytes for curl), and what it is where curl is no judge of that."""

    raw: bytes
    text: str | None = "fine"
    encoding: str = "utf-8"
    state: ServiceState | None = None


HTML = "Content-Type: text/html"
CASES = {
    # 01: heads
    "plain": Case(OK),
    "a 100 before it": Case(b"HTTP/1.1 100 Continue\r\n\r\n" + OK),
    "a 102 twice": Case(b"HTTP/1.1 102 Processing\r\n\r\n" * 2 + OK),
    "a 103 before it": Case(hints(1) + OK),
    "100, 102 and 103": Case(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + hints(2) + OK),
    "a 104 of the future": Case(b"HTTP/1.1 104 Upload Resumption Supported\r\nX: y\r\n\r\n" + OK),
    "a 199": Case(b"HTTP/1.1 199 Odd\r\n\r\n" + OK),
    "a 103 without a reason": Case(b"HTTP/1.1 103\r\n\r\n" + OK),
    "a 103 that has a length": Case(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n" + OK),
    "fifty 103": Case(hints(50) + OK),
    "a 103 of 40 kB": Case(hints(1, 40_000) + OK),
    "a 103 before a 404": Case(hints(1) + page(b"fine", status="404 Not Found")),
    "120 cookies": Case(b"HTTP/1.1 200 OK\r\n" + cookies(120) + OK.partition(b"\r\n")[2]),
    "1,500 header lines": Case(b"HTTP/1.1 200 OK\r\n" + cookies(1500) + OK.partition(b"\r\n")[2]),
    "a header line of 70 kB": Case(b"HTTP/1.1 200 OK\r\n" + cookies(1, 70_000) + OK.partition(b"\r\n")[2]),
    "150 header lines in a 103": Case(b"HTTP/1.1 103 Early Hints\r\n" + cookies(150) + b"\r\n" + OK),
    "a head without end": Case(b"HTTP/1.1 200 OK\r\n" + cookies(60, 8_000) + OK.partition(b"\r\n")[2], state=DOWN),
    "a head that is cut": Case(b"HTTP/1.1 200 OK\r\nContent-Le", state=DOWN),
    "only a 103": Case(hints(1), state=DOWN),
    "lines that end in LF": Case(OK.replace(b"\r\n", b"\n")),
    "HTTP/1.0": Case(b"HTTP/1.0 200 OK\r\n\r\nall fine"),
    "no reason phrase": Case(b"HTTP/1.1 200\r\nContent-Length: 8\r\nConnection: close\r\n\r\nall fine"),
    "a folded header": Case(page(b"all fine", "X-Long: a", " b")),
    "a header with bytes of Latin-1": Case(page(b"all fine", "X-Name: J\xfcrgen")),
    "an empty header name": Case(page(b"all fine", "X-Empty:")),
    "http in small letters": Case(OK.replace(b"HTTP", b"http")),
    "HTTP/2 in a line of text": Case(OK.replace(b"HTTP/1.1 200 OK", b"HTTP/2 200 ")),
    "HTTP/2 with a 103": Case(b"HTTP/2 103 \r\n\r\n" + OK.replace(b"HTTP/1.1 200 OK", b"HTTP/2 200 ")),
    "a phrase without a space": Case(OK.replace(b"200 OK", b"200OK")),
    "a status of four digits": Case(OK.replace(b"200 OK", b"2000 OK"), state=DOWN),
    "ICY": Case(OK.replace(b"HTTP/1.1", b"ICY"), state=DOWN),
    "a phrase in Latin-1": Case(OK.replace(b"OK", b"D\xe9j\xe0 vu")),
    "a length in front of zeros": Case(OK.replace(b": 8", b": 0008")),
    "a length told twice": Case(OK.replace(b": 8", b": 8, 8")),
    "two lengths of one size": Case(page(b"all fine", "Content-Length: 8")),
    "two lengths that differ": Case(page(b"all fine", "Content-Length: 9")),
    "a length beyond all numbers": Case(OK.replace(b": 8", b": " + b"9" * 30)),
    "a length that is no number": Case(OK.replace(b": 8", b": eight"), state=UP),
    "a length in a folded line": Case(OK.replace(b": 8", b":\r\n 8"), state=UP),
    "chunks in a folded line": Case(chunked(b"all f", b"ine").replace(b": chunked", b":\r\n chunked"), state=UP),
    "a line without a colon before a coding": Case(page(gzip.compress(b"all fine"), "Odd", "Content-Encoding: gzip"), state=UP),
    "a line that begins with a colon": Case(page(gzip.compress(b"all fine"), ": odd", "Content-Encoding: gzip")),
    "a space before a colon": Case(page(gzip.compress(b"all fine"), "Content-Encoding : gzip"), state=UP),
    "a coding in a folded line": Case(page(gzip.compress(b"all fine"), "Content-Encoding:", " gzip"), state=UP),
    "control characters in a header": Case(page(b"all fine", "X: a\x0bContent-Length: 2\x0cb\x1c\x85c")),
    "10,000 short lines": Case(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + OK.partition(b"\r\n")[2]),
    # 02: charsets
    "UTF-8": Case(page("geöffnet".encode(), f"{HTML}; charset=utf-8"), "geöffnet"),
    "Latin-1": Case(page("geöffnet".encode("latin-1"), f"{HTML}; charset=iso-8859-1"), "geöffnet", "latin-1"),
    "Latin-1 in quotes": Case(page("öffnet".encode("latin-1"), f'{HTML};Charset="ISO-8859-1"'), "öffnet", "latin-1"),
    "Windows-1252": Case(page("“€5”".encode("cp1252"), f"{HTML}; charset=windows-1252"), "€5", "cp1252"),
    "Latin-1 that is Windows-1252": Case(page("“€5”".encode("cp1252"), f"{HTML}; charset=latin1"), "€5", "cp1252"),
    "Shift_JIS": Case(page("営業中".encode("shift_jis"), f"{HTML}; charset=Shift_JIS"), "営業中", "shift_jis"),
    "x-sjis": Case(page("営業中".encode("shift_jis"), f"{HTML}; charset=x-sjis"), "営業中", "shift_jis"),
    "EUC-KR": Case(page("영업중".encode("euc_kr"), f"{HTML}; charset=euc-kr"), "영업중", "euc_kr"),
    "GB2312": Case(page("营业中".encode("gb2312"), f"{HTML}; charset=gb2312"), "营业中", "gb2312"),
    "KOI8-R": Case(page("открыто".encode("koi8-r"), f"{HTML}; charset=koi8-r"), "открыто", "koi8-r"),
    "UTF-16 with a mark": Case(page("geöffnet".encode("utf-16"), f"{HTML}; charset=utf-16"), "geöffnet", "utf-16-le"),
    "UTF-16BE": Case(page("geöffnet".encode("utf-16-be"), f"{HTML}; charset=utf-16be"), "geöffnet", "utf-16-be"),
    "a mark of UTF-8 against the header": Case(page("\ufeffgeöffnet".encode(), f"{HTML}; charset=latin1"), "geöffnet"),
    "declared by the page": Case(page('<meta charset="iso-8859-2">łódź'.encode("iso-8859-2"), HTML), "łódź", "iso-8859-2"),
    "declared by http-equiv": Case(
        page('<meta http-equiv=content-type content="text/html; charset=cp1251">да'.encode("cp1251"), HTML), "да", "cp1251"
    ),
    "declared by XML": Case(
        page("<?xml version='1.0' encoding='ISO-8859-15'?><a>€</a>".encode("iso8859-15"), "Content-Type: text/xml"),
        "€", "iso8859-15",
    ),
    "Hebrew by its odd name": Case(page("פתוח".encode("iso8859-8"), f"{HTML}; charset=iso-8859-8-i"), "פתוח", "iso8859-8"),
    "Windows' name of Korean": Case(page("영업중".encode("cp949"), f"{HTML}; charset=windows-949"), "영업중", "cp949"),
    "Windows' name of Thai": Case(page("เปิด".encode("cp874"), f"{HTML}; charset=dos-874"), "เปิด", "cp874"),
    "an old name of UTF-16": Case(page("geöffnet".encode("utf-16-le"), f"{HTML}; charset=ucs-2"), "geöffnet", "utf-16-le"),
    "an old name of Latin-1": Case(page("geöffnet".encode("latin-1"), f"{HTML}; charset=iso88591"), "geöffnet", "latin-1"),
    "declared after a comment that declares": Case(
        page('<!-- <meta charset="utf-8"> --><meta charset="iso-8859-1">geöffnet'.encode("latin-1"), HTML), "geöffnet", "latin-1"
    ),
    "declared late in the head": Case(
        page(("<head>" + "<link>" * 400 + '<meta charset="iso-8859-1">geöffnet').encode("latin-1"), HTML), "geöffnet", "latin-1"
    ),
    "a charset that nobody knows": Case(page("geöffnet".encode(), f"{HTML}; charset=utf-9000"), "geöffnet"),
    "a charset that is no text": Case(page("geöffnet".encode(), f"{HTML}; charset=base64"), "geöffnet"),
    "an escape for a charset": Case(page(b"\\q all fine", f"{HTML}; charset=unicode_escape")),
    # 03: long answers
    "text within a megabyte": Case(page(b"x" * 900_000 + b" fine")),
    "text beyond a megabyte": Case(page(b"x" * 1_122_034 + b" fine"), state=NO_DATA),
    "text beyond it, of no told length": Case(page(b"x" * 1_122_034 + b" fine", length=False), state=NO_DATA),
    "text beyond it, compressed": Case(page(gzip.compress(b"x" * 1_122_034 + b"fine"), "Content-Encoding: gzip"), state=NO_DATA),
    "a megabyte without the text": Case(page(b"x" * 1_000_000)),
    "text beyond the kept part of an error": Case(page(b"x" * 70_000 + b" fine", status="404 Not Found"), state=NO_DATA),
    "an end that was not read": Case(page(b"x" * 1_122_034), "x$", state=NO_DATA),
    "what must not come, and may in what was not read": Case(page(b"x" * 1_122_034), "^(?!.*error)", state=NO_DATA),
    "an end that was read": Case(page(b"x" * 999_000), "x$", state=UP),
    # 04: codings
    "gzip": Case(page(gzip.compress(b"all fine"), "Content-Encoding: gzip")),
    "x-gzip in capitals": Case(page(gzip.compress(b"all fine"), "Content-Encoding: X-GZIP")),
    "deflate": Case(page(zlib.compress(b"all fine"), "Content-Encoding: deflate")),
    "br": Case(page(brotli.compress(b"all fine"), "Content-Encoding: br")),
    "identity": Case(page(b"all fine", "Content-Encoding: identity")),
    "utf-8 for a coding": Case(page(b"all fine", "Content-Encoding: utf-8"), state=UP),
    "none for a coding": Case(page(b"all fine", "Content-Encoding: none"), state=UP),
    "aws-chunked": Case(page(b"all fine", "Content-Encoding: aws-chunked"), state=UP),
    "gzip and aws-chunked": Case(page(gzip.compress(b"all fine"), "Content-Encoding: gzip,aws-chunked"), state=UP),
    "a coding of nothing": Case(page(b"all fine", "Content-Encoding:")),
    "zstd, which was not asked for": Case(page(b"(\xb5/\xfd", "Content-Encoding: zstd"), state=NO_DATA),
    "compress, which was not asked for": Case(page(b"\x1f\x9d\x90", "Content-Encoding: compress"), state=NO_DATA),
    "a dictionary nobody has": Case(page(b"\x00", "Content-Encoding: dcb"), state=NO_DATA),
    "zstd where nobody looks": Case(page(b"(\xb5/\xfd", "Content-Encoding: zstd"), None, state=UP),
    "a damaged gzip where nobody looks": Case(page(b"\x1f\x8bno", "Content-Encoding: gzip"), None, state=UP),
    "a damaged gzip": Case(page(b"\x1f\x8bno", "Content-Encoding: gzip"), state=DOWN),
    "gzip with zeros after it": Case(page(gzip.compress(b"all fine") + bytes(20), "Content-Encoding: gzip"), state=UP),
    "gzip with a remark after it": Case(page(gzip.compress(b"all fine") + b"<!-- 1 -->", "Content-Encoding: gzip"), state=UP),
    "gzip with a line's end after it": Case(page(gzip.compress(b"all fine") + b"\n", "Content-Encoding: gzip"), state=UP),
    "gzip without its end": Case(page(gzip.compress(b"all fine")[:-8], "Content-Encoding: gzip")),
    "gzip that is cut after the text": Case(page(gzip.compress(b"all fine" * 99)[:-10], "Content-Encoding: gzip")),
    "gzip that is cut before the text": Case(page(gzip.compress(b"all fine")[:-14], "Content-Encoding: gzip")),
    "gzip in one byte a chunk": Case(
        chunked(*(bytes([one]) for one in gzip.compress(b"all fine"))).replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n", 1)
    ),
    "compressed for the way": Case(chunked(gzip.compress(b"all fine")).replace(b": chunked", b": gzip, chunked")),
    "not compressed for the way": Case(chunked(b"all f", b"ine").replace(b": chunked", b": identity, chunked"), state=UP),
    "gzip three times over": Case(
        page(gzip.compress(gzip.compress(gzip.compress(b"all fine"))), "Content-Encoding: gzip, gzip, gzip"), state=NO_DATA
    ),
    "deflate within gzip": Case(page(gzip.compress(zlib.compress(b"all fine")), "Content-Encoding: deflate , gzip")),
    "a damaged gzip of an error": Case(page(b"\x1f\x8bno", "Content-Encoding: gzip", status="404 Not Found"), state=DOWN),
    "zstd of an error": Case(page(b"(\xb5/\xfd", "Content-Encoding: zstd", status="404 Not Found"), state=NO_DATA),
    # bodies
    "chunks": Case(chunked(b"all ", b"fine")),
    "chunks with a trailer": Case(chunked(b"all fine", trailer=b"X-Sum: 1\r\n")),
    "chunks of odd spelling": Case(chunked(b"all f", b"ine").replace(b"\r\n5\r\n", b'\r\n0005 ;a="b"\r\n')),
    "200 trailers": Case(chunked(b"all fine", trailer=b"X-Sum: 1\r\n" * 200)),
    "chunks without the last": Case(chunked(b"all fine").replace(b"0\r\n\r\n", b"")),
    "chunks in an answer without a body": Case(
        b"HTTP/1.1 204 No Content\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n", None
    ),
    "an empty body": Case(page(b"")),
    "no content": Case(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", None),
    "a body to the end of the connection": Case(page(b"all fine", length=False)),
    "a body that is cut": Case(page(b"all fine").replace(b"Content-Length: 8", b"Content-Length: 80"), state=DOWN),
    "an error": Case(page(b"all fine", status="500 Oops")),
}  # fmt: skip


def ask(url: str, case: Case) -> ProbeOutcome:
    clock = SystemClock()
    check = Probe(id="a", title="a", url=url, expect_status=("2xx", 404), expect_body=case.text, timeout=5.0)
    return probe(check, at=0.0, clock=clock, deadline=Deadline(clock, 10.0), redactor=Redactor())


def shown_by_curl(url: str, case: Case) -> bool:
    """Whether curl shows the answer with the status and the text."""
    done = subprocess.run(
        [
            find_component("curl"),
            "--silent",
            "--compressed",
            "--max-time",
            "10",
            "--write-out",
            "%{stderr}%{http_code}",
            url,
        ],
        capture_output=True,
        check=False,
    )
    status = done.stderr.decode()
    wanted = b"" if case.text is None else case.text.encode(case.encoding)
    return done.returncode == 0 and (status[0] == "2" or status == "404") and wanted in done.stdout


@pytest.fixture
def served(request):
    with FaultyServer() as server:
        server.then(*[Reply(raw=CASES[request.param].raw)] * 2)
        yield CASES[request.param], server.url


@pytest.mark.needs("curl")
@pytest.mark.parametrize("served", CASES, indirect=True)
def test_01_to_04_what_curl_shows_is_up_and_what_was_not_read_is_not_down(served):
    case, url = served
    found = ask(url, case)
    if case.state is None:
        assert (found.state is UP) == shown_by_curl(url, case), found
        assert found.state in {UP, DOWN}
    else:
        assert found.state is case.state, found


@pytest.mark.parametrize(
    "name", ["a 103 before it", "120 cookies", "a 199", "utf-8 for a coding", "a header line of 70 kB"]
)
def test_01_a_metric_source_behind_such_a_server_answers_too(name):
    clock = SystemClock()
    with FaultyServer() as server:
        server.then(Reply(raw=CASES[name].raw))
        with Session(
            Endpoint(name="prom", url=server.url, attempts=1), clock=clock, deadline=Deadline(clock, 10.0),
            budget=RetryBudget(0), redactor=Redactor(),
        ) as session:  # fmt: skip
            answer = session.request("POST", "/api/v1/query_range", form={"query": "up"})
    assert isinstance(answer, Answer)
    assert answer.body == b"all fine"


def test_03_what_was_not_read_is_told_with_its_bytes():
    with FaultyServer() as server:
        server.then(Reply(raw=CASES["text beyond a megabyte"].raw))
        found = ask(server.url, CASES["text beyond a megabyte"])
    assert "the first 1,000,000 bytes of 1,122,039" in found.message
    assert found.reason == "could not be read to its end"
    assert replace(found, message="").code == 200
