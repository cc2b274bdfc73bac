"""The QR code of a ticket."""

from io import BytesIO

import segno

QUIET_ZONE = 4  # modules of white around the code, without which scanners may not find it


def encode(code: str) -> segno.QRCode:
    """The QR code of a ticket, not yet drawn; 15 % of it may be hidden or scratched."""
    return segno.make_qr(code, error="m")


def ticket_qr(code: str) -> bytes:
    """The QR code of a ticket as SVG, black on white, as large as the place it is put in."""
    drawing = BytesIO()
    encode(code).save(
        drawing,
        kind="svg",
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return drawing.getvalue()
