"""Yardstick H: a bare Flask route that returns 200 bytes of JSON, served as the shop is."""

import json

from flask import Flask, Response

BODY = json.dumps({"bare": "x" * 188})
app = Flask("bare", static_folder=None)


@app.get("/")
def answer() -> Response:
    """Answer 200 bytes."""
    return Response(BODY, mimetype="application/json")
