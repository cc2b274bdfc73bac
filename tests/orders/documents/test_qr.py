import re
from xml.etree import ElementTree

import zxingcpp
from PIL import Image, ImageDraw

from shop.orders.documents import qr

from .conftest import CODE

SVG = "{http://www.w3.org/2000/svg}"


def draw(svg, scale=8):
    """The picture of an SVG made of a background and of horizontal lines, one unit thick."""
    root = ElementTree.fromstring(svg)
    side = int(root.get("viewBox").split()[2])
    picture = Image.new("L", (side * scale, side * scale), 255)
    drawing = ImageDraw.Draw(picture)
    background, modules = root.findall(f"{SVG}path")
    assert background.get("fill") == "#fff"
    assert modules.get("stroke") == "#000"
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", modules.get("d")):
        values = [float(value) for value in numbers.split()]
        if command == "h":
            drawing.rectangle(
                (x * scale, (y - 0.5) * scale, (x + values[0]) * scale - 1, (y + 0.5) * scale - 1), fill=0
            )
            x += values[0]
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            x, y = values
    return picture


def test_the_code_of_a_ticket_is_read_back():
    (read,) = zxingcpp.read_barcodes(draw(qr.ticket_qr(CODE)))

    assert read.text == CODE
    assert read.format == zxingcpp.BarcodeFormat.QRCode


def test_a_code_survives_a_scratch():
    picture = draw(qr.ticket_qr(CODE))
    side = picture.width
    ImageDraw.Draw(picture).rectangle((side * 0.55, side * 0.55, side * 0.75, side * 0.75), fill=255)

    (read,) = zxingcpp.read_barcodes(picture)

    assert read.text == CODE


def test_white_surrounds_the_code():
    picture = draw(qr.ticket_qr(CODE), scale=1)
    left, top, right, bottom = Image.eval(picture, lambda shade: 255 - shade).getbbox()

    assert (left, top) == (4, 4)
    assert (picture.width - right, picture.height - bottom) == (4, 4)


def test_a_code_is_as_large_as_its_place():
    root = ElementTree.fromstring(qr.ticket_qr(CODE))

    assert set(root.attrib) == {"viewBox"}


def test_a_code_can_stand_within_a_page():
    svg = qr.ticket_qr(CODE)

    assert svg.startswith(b"<svg ")
    assert b"<title" not in svg
    assert svg.endswith(b"</svg>")
