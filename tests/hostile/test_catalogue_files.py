"""Catalogue files that somebody made to do harm: refused in words, at once, and nothing of them kept.

What is merely mistaken stands in tests/catalogue/test_exchange.py.
"""

import json
import os

import pytest
import sqlalchemy as sa
import yaml

from shop.catalogue.models import Departure, Image
from shop.core.db import db
from tests.catalogue.files import SVG, TOUR, Desk, catalogue_of, tour_of
from tests.hostile.shelf import contents

LAUGHS = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10))
FILE = yaml.safe_dump(catalogue_of(), allow_unicode=True, sort_keys=False)

FILES = {
    "a billion laughs": f"l0: &l0 lol\n{LAUGHS}\ntours: *l9\n",
    "a billion laughs by merging": "a: &a {x: 1}\nb: &b {<<: [*a, *a]}\ntours: {<<: [*b, *b]}\n",
    "an alias to itself": "tours: &t [*t]\n",
    "a mapping of itself": "&t tours: {x: *t}\n",
    "an alias of nothing": "tours: *nobody\n",
    "thousands of anchors": "".join(f"a{n}: &a{n} x\n" for n in range(5000)),
    "a class of Python": "tours: !!python/name:os.system\n",
    "a module of Python": "tours: !!python/module:os\n",
    "a new object of Python": "tours: !!python/object/new:subprocess.Popen [[touch, /tmp/x]]\n",
    "an object of Python by its whole tag": "tours: !<tag:yaml.org,2002:python/object/apply:os.system> [touch]\n",
    "an object of Python by a handle": "%TAG !p! tag:yaml.org,2002:python/\n---\ntours: !p!name:os.system\n",
    "a function of JavaScript": "tours: !!js/function 'x'\n",
    "a file to include": "tours: !include /etc/passwd\n",
    "a variable of the environment": "tours: !ENV ${SECRET_KEY}\n",
    "a version of YAML that is none": "%YAML 9.9\n---\ntours: []\n",
    "directives without end": "%TAG ! tag:x,2000:\n" * 3000 + "---\ntours: []\n",
    "documents without end": "---\n" * 50_000,
    "opened and never closed": "tours: " + "[" * 50_000,
    "objects opened and never closed": "{a: " * 20_000,
    "lists in blocks": "- " * 20_000,
    "questions without end": "? " * 20_000,
    "quotes without end": 'tours: "' + "x" * 100_000,
    "a literal without end": "tours: |\n" + " x\n" * 20_000,
    "comments without end": "#\n" * 50_000,
    "a key of a hundred thousand letters": f"{'k' * 100_000}: 1\n",
    "a hundred thousand digits": f"currency: {'9' * 100_000}\n",
    "a hundred thousand digits, grouped": f"currency: {'9_' * 50_000}9\n",
    "a hundred thousand digits of sixty": f"currency: {'59:' * 30_000}59\n",
    "an exponent without end": f"currency: 1.0e+{'9' * 5000}\n",
    "bits without end": f"currency: 0b{'1' * 100_000}\n",
    "UTF-8 and a mark before it": b"\xef\xbb\xbftours: []\n",
    "UTF-16 without a mark": "tours: []\n".encode("utf-16-le"),
    "UTF-32": "tours: []\n".encode("utf-32"),
    "UTF-7": b"+AHQ-ours: +AFsAXQ-\n",
    "overlong UTF-8": b"tours: \xc0\xae\n",
    "a surrogate in UTF-8": b"tours: \xed\xa0\x80\n",
    "letters beyond Unicode": b"tours: \xf7\xbf\xbf\xbf\n",
    "letters beyond Unicode, escaped": 'tours: "\\U00110000"\n',
    "another program": b"\x7fELF" + bytes(2000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(2000),
    "an archive": b"PK\x03\x04" + bytes(2000),
    "JSON cut off": '{"tours": [{"slug": "x"',
    "a template": "tours: {{ config.items() }}\n",
    "a currency for each tour": FILE.replace("- slug:", "- currency: CNY\n  slug:"),
    "two currencies": FILE.replace("currency: EUR", "currency: [EUR, CNY]"),
    "no currency that is known": FILE.replace("currency: EUR", "currency: BTC"),
    "a currency in small letters": FILE.replace("currency: EUR", "currency: eur"),
    "a currency and a blank": FILE.replace("currency: EUR", 'currency: "EUR "'),
    "a time zone that is a path": FILE.replace("Europe/Paris", "../../../etc/passwd"),
    "a time zone that is a whole path": FILE.replace("Europe/Paris", "/etc/localtime"),
    "a time zone of a NUL": FILE.replace("Europe/Paris", '"Europe/Paris\\0"'),
    "a time zone in other letters": FILE.replace("Europe/Paris", "europe/paris"),
}


@pytest.fixture
def any_desk(app, tmp_path):
    """Where somebody types commands about the catalogue."""
    return Desk(app, tmp_path)


@pytest.fixture
def desk(app, any_desk):
    """The same; the catalogue is as it was when they leave."""
    before = contents(app)
    yield any_desk
    assert contents(app) == before


def test_a_hostile_file_is_refused_in_words(desk, subtests):
    for name, content in FILES.items():
        with subtests.test(name=name):
            told = desk.refused(content)

            assert told
            assert all(line.startswith("catalogue.yaml:") for line in told)
            assert len("".join(told)) < 20_000


def test_a_letter_far_beyond_unicode_is_refused_in_words(desk):
    assert desk.refused('tours: "\\UFFFFFFFF"\n')


T = TOUR["departures"][0]
NUMBERS = [
    10**30,
    -(10**30),
    2**31,
    2**63,
    1e6,
    1.5,
    -1,
    float("inf"),
    float("nan"),
    True,
    None,
    "1",
    "٣",
    [1],
    {"a": 1},
]
COUNTED = [
    *(("units", 0, name) for name in ("price", "seats", "min_age", "max_age")),
    *(("booking", name) for name in ("min_party", "max_party", "cutoff_minutes")),
    *(("cancellation", 0, name) for name in ("until_hours", "refund_percent")),
    ("departures", 0, "capacity"),
    ("duration_minutes",),
]
TEXTS = [
    "\0",
    "a\0b",
    "\x1b[2J",
    "\x7f\x08" * 3 + "\x00",
    "\ud800",
    "a\udfff",
    "\r\n\x0b",
    1,
    True,
    None,
    [],
    {},
    ["fr"],
    1.5,
]
WRITTEN = [
    *(("slug",), ("status",), ("title",), ("title", "fr"), ("summary", "fr"), ("description", "fr"), ("themes",)),
    *(("themes", 0), ("guide_languages", 0), ("meeting_point", "address"), ("meeting_point", "name", "fr")),
    *(("image", "alt", "fr"), ("image", "file"), ("accessibility", "fr"), ("units", 0, "code"), ("units", 0, "kind")),
    *(("units", 0, "label", "fr"), ("units", 0, "vat"), ("departures", 0, "language"), ("departures", 0, "status")),
    *(("departures", 0, "starts_at"), ("departures", 0, "rrule"), ("booking",), ("units",), ("departures",)),
]
# What of these is in order where it stands, or is left to be refused further down.
IN_ORDER = {("themes", "[]"), ("themes", "['fr']"), ("departures", "[]")}


def with_value(place, value):
    tour = tour_of()
    target = tour
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    return tour


def dumped(tour):
    """As YAML that holds any character, by escaping it."""
    return yaml.safe_dump(catalogue_of(tour), allow_unicode=False, sort_keys=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("place", COUNTED, ids=lambda place: ".".join(map(str, place)))
def test_a_number_that_is_none_is_refused(desk, place):
    for value in NUMBERS:
        told = desk.refused(dumped(with_value(place, value)))
        assert told[0].startswith("catalogue.yaml:"), (value, told)


@pytest.mark.parametrize("place", WRITTEN, ids=lambda place: ".".join(map(str, place)))
def test_a_text_that_is_none_is_refused(desk, place):
    for value in TEXTS:
        if (place[-1], repr(value)) in IN_ORDER:
            continue
        told = desk.refused(escaped(with_value(place, value)))
        assert told[0].startswith("catalogue.yaml:"), (value, told)


def escaped(tour):
    """The same, with lone surrogates and controls written as YAML writes them."""
    return json.dumps(catalogue_of(tour), allow_nan=False)


NAMES = [
    *("..", ".", "", "/", ".svg", "..svg", "a.svg/", "../leshan.svg", "./leshan.svg", "x/../leshan.svg", "/etc/passwd"),
    *(
        "..\\leshan.svg/",
        "leshan.SVG",
        "leshan.svg\0",
        "leshan.svg\0.png",
        "leshan.svg\n",
        "leshan.svg.exe",
        "a\u202e.svg",
    ),
    *("http://elsewhere.example/a.svg", "file:///etc/passwd.svg", "//elsewhere.example/a.svg", "x" * 200 + ".svg"),
    *("~/.ssh/id.png", "%2e%2e/leshan.svg", "/proc/self/environ.svg", "\ud800.svg", "leshan.html", "leshan.svgz"),
]


def test_a_name_that_leads_elsewhere_is_no_picture(desk, subtests):
    for name in NAMES:
        with subtests.test(name=name):
            told = desk.refused(escaped(tour_of(image={"file": name, "alt": {"fr": "x"}})))

            assert "tours[0].image.file: " in told[0]


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop", "nowhere", "passwd"])
def test_what_is_no_file_is_no_picture(desk, kind):
    picture = desk.folder / "leshan.svg"
    picture.unlink()
    {
        "folder": picture.mkdir,
        "pipe": lambda: os.mkfifo(picture),
        "device": lambda: picture.symlink_to("/dev/zero"),
        "loop": lambda: picture.symlink_to(picture),
        "nowhere": lambda: picture.symlink_to(desk.folder / "nowhere.svg"),
        "passwd": lambda: picture.symlink_to("/etc/passwd"),
    }[kind]()

    assert "tours[0].image.file: " in desk.refused(catalogue_of())[0]


def test_a_picture_of_a_terabyte_is_not_read(desk):
    os.truncate(desk.folder / "leshan.svg", 1 << 40)

    assert "Not a picture" in desk.refused(catalogue_of())[0]


def svg(inside, before=b""):
    return (
        before
        + b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        + inside
        + b"</svg>"
    )


PICTURES = {
    "script in capitals": svg(b"<SCRIPT>alert(1)</SCRIPT>"),
    "script in CDATA": svg(b"<script><![CDATA[alert(1)]]></script>"),
    "script closed at once": svg(b'<script href="https://elsewhere.example/x.js"/>'),
    "script behind a comment": svg(b"<!-- --><script>1</script>"),
    "script of XHTML": svg(b'<h:script xmlns:h="http://www.w3.org/1999/xhtml">1</h:script>'),
    "a handler in single quotes": svg(b"<g onclick='x'/>"),
    "a handler without quotes": svg(b"<g onclick=x />"),
    "a handler of an animation": svg(b'<animate onbegin="x" attributeName="x" dur="1s"/>'),
    "a link by xlink": svg(b'<a xlink:href="https://elsewhere.example">x</a>'),
    "a link to a script": svg(b'<a xlink:href="javascript:alert(1)">x</a>'),
    "a link to data": svg(b'<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
    "a link of other letters": svg(b'<a href="&#106;avascript:1">x</a>'),
    "a use of elsewhere": svg(b'<use href="https://elsewhere.example/a.svg#a"/>'),
    "a filter of elsewhere": svg(b'<filter><feImage href="//elsewhere.example/x"/></filter>'),
    "a style of elsewhere": svg(b"<g style=\"fill: url( 'https://elsewhere.example' )\"/>"),
    "a sheet of elsewhere": svg(b"", b'<?xml-stylesheet href="https://elsewhere.example/x.css"?>'),
    "a page inside": svg(b"<foreignObject><b/></foreignObject>"),
    "a page inside, prefixed": svg(b"<s:foreignobject/>"),
    "entities": svg(b"&a;", b'<!DOCTYPE svg [<!ENTITY a "b">]>'),
    "entities of elsewhere": svg(
        b"&a;", b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    ),
    "entities behind a comment": svg(b"", b'<!-- x --><!DOCTYPE svg SYSTEM "https://elsewhere.example/x.dtd">'),
    "a billion laughs": svg(b"&c;", b'<!DOCTYPE svg [<!ENTITY a "x"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>'),
    "UTF-16": svg(b"<script>1</script>").decode().encode("utf-16"),
    "UTF-16 without a mark": svg(b"<script>1</script>").decode().encode("utf-16-le"),
    "compressed": b"\x1f\x8b\x08" + bytes(100),
    "a page of HTML": b"<!doctype html><script>1</script><svg></svg>",
    "letters before it": b"x" + svg(b""),
}
EVASIONS = {
    "an encoding that hides letters": b'<?xml version="1.0" encoding="ISO-2022-JP"?>'
    + svg(b"<scr\x1b(Bipt>1</scr\x1b(Bipt>"),
    "an animation that sets a link": svg(
        b'<image href="#a"><set attributeName="href" to="//elsewhere.example/x"/></image>'
    ),
    "an image of XHTML": svg(b'<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="https://elsewhere.example/x"/>'),
    "a style in escapes": svg(b"<style>a{fill:u\\72l(https://elsewhere.example)}</style>"),
    "a style that needs no address": svg(b'<style>a{background:image-set("https://elsewhere.example/x" 1x)}</style>'),
}


def test_a_picture_that_could_do_harm_is_refused(desk, subtests):
    for name, picture in PICTURES.items():
        with subtests.test(name=name):
            (desk.folder / "leshan.svg").write_bytes(picture)

            assert "tours[0].image.file: Not a picture that is admitted" in desk.refused(catalogue_of())[0]


@pytest.mark.parametrize("picture", EVASIONS.values(), ids=EVASIONS)
def test_a_picture_that_hides_its_harm_is_refused(any_desk, picture):
    (any_desk.folder / "leshan.svg").write_bytes(picture)

    assert any_desk.load(catalogue_of()).exit_code == 1


DRAWINGS = {
    "with a declaration": b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
    b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "of Inkscape": b'<svg xmlns="http://www.w3.org/2000/svg" '
    b'xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    b'xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" inkscape:version="1.3">'
    b'<sodipodi:namedview inkscape:zoom="2"/><metadata/><g id="image1" style="fill:#ff0000;stroke:none" '
    b'aria-label="image du Bouddha"><path d="M0 0h1"/></g></svg>',
}


@pytest.mark.parametrize("picture", DRAWINGS.values(), ids=DRAWINGS)
def test_a_drawing_as_editors_export_it_is_admitted(any_desk, picture):
    (any_desk.folder / "leshan.svg").write_bytes(picture)

    assert any_desk.load(catalogue_of()).exit_code == 0


RULES = [
    *(
        "FREQ=SECONDLY;COUNT=1",
        "FREQ=MINUTELY;COUNT=500",
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=1",
        "FREQ=DAILY;COUNT=1000",
    ),
    *("FREQ=DAILY;COUNT=999999999", "FREQ=DAILY;COUNT=" + "9" * 250, "FREQ=DAILY;INTERVAL=1000;COUNT=1"),
    *("FREQ=DAILY;INTERVAL=" + "9" * 250 + ";COUNT=1", "FREQ=DAILY;UNTIL=99991231", "FREQ=DAILY;UNTIL=00000101"),
    *(
        "FREQ=DAILY;UNTIL=20279999T999999",
        "FREQ=DAILY;UNTIL=2027-12-31",
        "FREQ=DAILY;COUNT=1;BYSECOND=" + "1," * 60 + "1",
    ),
    *("FREQ=DAILY;COUNT=1;BYYEARDAY=1", "FREQ=YEARLY;COUNT=1;BYWEEKNO=53", "FREQ=DAILY;COUNT=1;BYEASTER=0"),
    *(
        "FREQ=DAILY;COUNT=1;",
        ";FREQ=DAILY;COUNT=1",
        "FREQ=DAILY;;COUNT=1",
        "FREQ=DAILY,WEEKLY;COUNT=1",
        "FREQ=;COUNT=1",
    ),
    *("FREQ=DAILY;COUNT=1\n", "FREQ=DAILY;COUNT=1\nEXDATE:20270101", "FREQ=DAILY;COUNT=1\0", "FREQ=DAILY;COUNT=1 "),
    *("FREQ=DAILY;COUNT=٣", "ＦＲＥＱ=DAILY;COUNT=1", "FREQ=DAILY;COUNT=1;X=" + "y" * 280, "FREQ=DAILY;COUNT=+1"),
    *("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=1", "FREQ=MONTHLY;BYMONTHDAY=32;COUNT=1", "FREQ=YEARLY;BYMONTH=13;COUNT=1"),
    *("FREQ=WEEKLY;BYDAY=XX;COUNT=1", "FREQ=WEEKLY;BYDAY=;COUNT=1", "FREQ=MONTHLY;BYDAY=99SA;COUNT=1"),
]


# Nothing that they ask for ever comes, and years are walked through until that is known.
NEVER = [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;COUNT=1",
    "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=31;UNTIL=99990101",
    "FREQ=MONTHLY;INTERVAL=12;BYMONTH=4;COUNT=1",
    "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=1;BYSETPOS=2;COUNT=1",
    "FREQ=WEEKLY;BYSETPOS=5;COUNT=1",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=3",
    "FREQ=DAILY;BYSETPOS=5;COUNT=3",
]


def test_a_rule_without_end_or_sense_is_refused(desk, subtests):
    refused_rules(desk, RULES, subtests)


@pytest.mark.system
def test_a_rule_that_nothing_follows_is_refused(desk, subtests):
    refused_rules(desk, NEVER, subtests)


def refused_rules(desk, rules, subtests):
    for rule in rules:
        with subtests.test(rule=rule):
            (told, *_) = desk.refused(escaped(tour_of(departures=[T | {"rrule": rule}])))

            assert "tours[0].departures[0].rrule: " in told


def test_a_rule_does_not_lead_beyond_the_years_that_a_start_may_have(any_desk):
    assert (
        any_desk.load(catalogue_of(tour_of(departures=[T | {"rrule": "FREQ=YEARLY;INTERVAL=999;COUNT=3"}]))).exit_code
        == 1
    )


@pytest.mark.parametrize("price", ["0700", "19:00", "0x10", "0b11", "1_9_0_0"])
def test_a_number_means_what_it_looks_like(any_desk, price):
    assert any_desk.load(FILE.replace("price: 1900", f"price: {price}")).exit_code == 1


START = ["0000-00-00T00:00", "0001-01-01T00:00", "1999-12-31T23:59", "2201-01-01T00:00", "9999-12-31T23:59"]
START += ["10000-01-01T00:00", "-2027-05-01T14:30", "2027-13-01T14:30", "2027-05-32T14:30", "2027-05-01T24:00"]
START += ["2027-05-01T14:60", "2027-05-01T14:30Z", "2027-05-01T14:30:60", "２０２７-05-01T14:30", "2027-02-29T14:30"]
START += ["2027-05-01T14:30\n", "2027-W18-6T14:30", "2027-121T14:30", "20270501T1430", "1e9", "now", "2027-03-28T02:59"]


def test_a_start_that_no_clock_shows_is_refused(desk, subtests):
    for start in START:
        with subtests.test(start=start):
            told = desk.refused(escaped(tour_of(departures=[T | {"starts_at": start}])))

            assert "tours[0].departures[0].starts_at: " in told[0]


STRANGE = ["\x1b[2J", "\ud800", "\r", "\u2028", "a\nb: c", "__class__", "x" * 5000, "{0}", "%s"]
UNPRINTABLE = ["\0", "\u202e"]


def told_of(desk, name):
    """What is told of a name in each place where one may stand."""
    for place in ("file", "tour", "title", "rule"):
        content = catalogue_of()
        tour = content["tours"][0]
        if place == "rule":
            tour["departures"] = [T | {"rrule": f"{name}=1"}]
        else:
            {"file": content, "tour": tour, "title": tour["title"]}[place][name] = "x"
        yield from desk.refused(json.dumps(content))


@pytest.mark.parametrize("name", STRANGE, ids=lambda name: ascii(name)[:20])
def test_what_is_told_of_a_strange_name_can_be_printed(desk, name):
    assert all(line.isprintable() for line in told_of(desk, name))


@pytest.mark.parametrize("name", UNPRINTABLE, ids=ascii)
def test_what_is_told_of_an_unprintable_name_can_be_printed(desk, name):
    assert all(line.isprintable() for line in told_of(desk, name))


def test_what_was_refused_left_nothing(app, desk):
    """All or nothing, also where the last of many entries is the hostile one."""
    tours = [tour_of(slug=f"tour-{n}") for n in range(20)]
    tours[-1]["units"][0]["price"] = -1

    desk.refused(catalogue_of(*tours))

    with app.app_context():
        for model in (Departure, Image):
            assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    assert (desk.folder / "leshan.svg").read_bytes() == SVG
