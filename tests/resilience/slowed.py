"""The shop, with an address that takes its time: what a few connections are too many for."""

import time

from wsgi import app

SECONDS = 0.25


@app.get("/slow")
def slow():
    time.sleep(SECONDS)
    return {"status": "served"}
