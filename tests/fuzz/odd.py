"""What nobody types and somebody sends: odd texts, numbers, moments, bodies, content types, hosts, headers."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.visitors import GANSU, NATIONAL

#: Characters that mean something to somebody on the way: databases, terminals, HTML, SQL, templates, paths.
_CHARACTERS = [
    *("", " ", "\u3000", "\0", "演\0练", "\x1f", "\x7f", "\r\n", "\u2028", "\ufeff", "\u200b", "\u202e演", "\ud800"),
    *("演\udfff", "𠮷", "👩\u200d👧", "e\u0301" * 40, "İ", "ß", "ﬁ", "﷽" * 40, "\u0600" * 3, "<b>&amp;", "]]>", "&#0;"),
    *("' OR 1=1 --", "%s%(a)s", "%00", "{{ 7 }}{% now %}", "../../etc", "\\", '"', "a=b&c=d", ";", "--", "/*"),
]
_NUMBERS = [
    *("0", "-1", "+1", "1.0", "1e9", "1e999", "NaN", "Infinity", "0x10", "１２３", "٣", "²", "①", "〇", "1_000", " 1 "),
    *("2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 40, "-" + "9" * 40),
]
_MOMENTS = [
    *("0001-01-01", "0001-01-01T00:00:00", "1969-12-31 23:59", "2009-12-31 23:59", "2017-02-30", "2017-12-20 24:00"),
    *("2099-12-31 23:59", "2099-12-31T23:59:59", "2100-01-01 00:00", "9999-12-31T23:59:59", "10000-01-01 00:00"),
    *("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "2017-12-20T09:30:00+25:00", "2017-12-20T09:30:00Z"),
    *("1986-05-04 00:30", "1940-06-01 00:30", "2017-12-20T09:30:60+08:00"),
]
_ADDRESSES = [
    *("/", "//example.com", "///", "/\\example.com", "javascript:alert(1)", "http://[", "http://[::1", "http://a:b"),
    *("http://a:99999/", "https://例え.テスト/", "http://xn--/", "/p/gs/", "/p/none/", "/api/v1/me", "/\0", "/%00"),
    *("例え.テスト", "xn--a", "xn--" + "a" * 60, "a" * 64 + ".com", ".".join(["a"] * 127), ".", "..", "a..b", "-a.com"),
    *("999.1.1.1", "::", "fe80::1%eth0", "[::1]", "127.1", "0", "2001:db8::/32", "user:secret@example.com", "a@b"),
]
#: A text and how often it is repeated: beyond each column's end, and beyond what is read at all.
_LONG = [("演", 31), ("演", 61), ("演", 101), ("a", 256), ("𠮷", 501), ("1", 2001), ("9", 5000), ("a", 40_000)]

_long_texts = st.sampled_from(_LONG).map(lambda repeated: repeated[0] * repeated[1])
texts = st.sampled_from([*_CHARACTERS, *_NUMBERS, *_MOMENTS, *_ADDRESSES]) | _long_texts | st.text(max_size=20)

numbers = st.sampled_from([0, -1, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, 10**40, 1.0, 0.5, -0.0, 1e308, 5e-324])
#: Anything that JSON can say.
values = st.one_of(
    texts,
    numbers,
    st.sampled_from([None, True, False, [], {}, [[[]]], {"": ""}, ["演"] * 51, [None], {"$ref": "#"}, {"\0": 1}]),
)

#: Bodies by their names, for some are long.
BODIES = {
    "nothing": b"",
    "blank": b" ",
    "null": b"null",
    "number": b"0",
    "text": b'""',
    "list": b"[]",
    "object": b"{}",
    "half an object": b'{"a": ',
    "no JSON": b"NaN",
    "NUL": b"\0",
    "no UTF-8": b'{"a": "\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "UTF-32": "{}".encode("utf-32-le"),
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "many digits": b"9" * 5000,
    "infinite": b"1e999999999",
    "a name twice": b'{"kind": "first_filing", "kind": 1}',
    "surrogate": b'{"a": "\\ud800"}',
    "surrogate as a name": b'{"\\ud800": 1, "\\u0000": 1}',
    "form": b"a=1&a=2&%ff=%00&=&csrfmiddlewaretoken=%ed%a0%80",
    "huge": b" " * 3_000_000,
    "many fields": b"&".join(b"%d=1" % n for n in range(1_100)),
    "parts": b'--x\r\nContent-Disposition: form-data; name="a"; filename="\0"\r\n\r\n1\r\n--x--\r\n',
    "half a part": b'--x\r\nContent-Disposition: form-data; name="a\r\n\r\n',
    "many parts": b"--x\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n\r\n" * 200 + b"--x--\r\n",
    "not base64": b"--x\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n",
    "part of no charset": b"--x\r\nContent-Disposition: form-data; name*=none-such''a; filename*=hex''%41\r\n\r\n1",
}
CONTENT_TYPES = [
    *("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""),
    *("multipart/form-data", "multipart/form-data; boundary=\xff", "multipart/form-data; boundary=x; charset=hex"),
    *("application/json; charset=utf-16", "application/json; charset=nonsense", "application/json; charset=rot13"),
    *("application/x-www-form-urlencoded; charset=latin-1", "application/x-www-form-urlencoded; charset=hex"),
    *("text/html; charset=idna", "a/b/c", "application/json, text/plain", "x", ";;;", "application/problem+json"),
    *("text/plain; charset=undefined", "text/plain; a*=none-such''x", "text/plain; a*=hex''%41; b*0=x; b*2=y"),
]
HOSTS = [
    *(
        NATIONAL,
        GANSU,
        "localhost",
        "LOCALHOST:8000",
        "localhost:",
        "localhost:1",
        "localhost:99999",
        "localhost.:8000",
    ),
    *(
        "GSCAINFO.LOCALHOST:8000",
        "gscainfo.localhost.",
        "gscainfo.localhost:0",
        "qqcainfo.localhost",
        "cainfo.localhost",
    ),
    *("xxxxcainfo.localhost:8000", "gscainfo.gscainfo.localhost", "a.gscainfo.localhost", "api.localhost:8000"),
    *("127.0.0.1:8000", "[::1]:8000", "[::1]", "[::", "[fe80::1%eth0]", "gscainfo.127.0.0.1", "gscainfo.[::1]"),
    *("", ":", ".", "..", ".localhost", "localhost..", "local_host", "localhost/", "localhost\\", "localhost#"),
    *("a@localhost", "localhost:8000, example.com", " localhost", "localhost ", "localhost\t", "xn--fsq.localhost"),
    *("\xe6\xbc\x94.localhost", "example.com", "miit.gov.cn", "beian.miit.gov.cn:8000", "GOV.CN.", "localhost.gov.cn"),
    *("a" * 64 + ".localhost", "a." * 4000 + "localhost"),
]
#: What may stand in a header; no server lets a line's end through.
HEADERS = {
    "accept": ["*/*", "text/html;q=2", "application/xml", "\xff", ",,,", "a" * 8000],
    "accept-language": ["zh", "xx-YY;q=a", "\xff", "-", "zh-" + "a" * 500],
    "cookie": ["", "browser=", "browser=a:b:c", "visit=1:2:3", "csrftoken=x; sessionid=\xff", "messages=x", ";=;"],
    "if-none-match": ['"x"', "*", "W/", '"\xff'],
    "if-modified-since": ["0", "Thu, 32 Foo 2017 99:99:99 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"],
    "range": ["bytes=0-", "bytes=9-1", "bytes=-", "lines=1"],
    "referer": ["http://localhost:8000/clock/?a=\xff", "http://[", "//", "http://localhost:8000/\0"],
    "origin": ["null", "http://[", "http://example.com"],
    "live": ["", "1", "\xff"],
    "sec-fetch-mode": ["navigate", "x"],
    "sec-fetch-dest": ["document"],
    "sec-fetch-site": ["none", "cross-site"],
    "x-forwarded-for": ["", ",", "\xff", "1.2.3.4, 5.6.7.8"],
    "x-forwarded-proto": ["https", "\xff"],
    "x-forwarded-host": ["example.com"],
    "authorization": ["", "Bearer", "Bearer ", "bearer x", "Basic Og==", "Bearer \xff", "Bearer drill_" + "a" * 8000],
    "idempotency-key": ["", " ", "k", "k" * 255, "k" * 256, "\xff", "a b"],
    "x-http-method-override": ["DELETE"],
    "x-csrftoken": ["", "x"],
}  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"]

headers = st.lists(st.sampled_from(sorted(HEADERS)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(HEADERS[name]) for name in names})
)


@st.composite
def spoiled(draw: st.DrawFn, body: Any) -> Any:
    """The JSON with something else in one place: another value, a field too many, or one too few."""
    if isinstance(body, dict) and body and draw(st.integers(0, 9)):
        name = draw(st.sampled_from(sorted(body)))
        return {**body, name: draw(spoiled(body[name]))}
    if isinstance(body, list) and body and draw(st.integers(0, 9)):
        place = draw(st.integers(0, len(body) - 1))
        return [*body[:place], draw(spoiled(body[place])), *body[place + 1 :]]
    if isinstance(body, dict) and body and draw(st.booleans()):
        return {name: value for name, value in body.items() if name != draw(st.sampled_from(sorted(body)))}
    if isinstance(body, dict) and draw(st.booleans()):
        return {**body, draw(texts): draw(values)}
    return draw(values)


def quoted(text: object) -> str:
    """As it stands in an address or a form; half a surrogate as the bytes that some programs make of it."""
    return quote_from_bytes(str(text).encode("utf-8", "surrogatepass"), safe="")


def encoded(pairs: Iterable[tuple[str, object]]) -> str:
    """A query, or the body of a form, in which a name may stand several times."""
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)


def path(route: str, named: Mapping[str, object]) -> str:
    """The route with these in the places of its ``{parameters}``."""
    for name, value in named.items():
        route = route.replace(f"{{{name}}}", quoted(value))
    return route
