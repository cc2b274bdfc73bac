"""A real browser at the back office: pages as a person at a desk, or on a phone, sees and uses them."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.factories.colleagues import Colleague

WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}
OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "selectors": False,
    "xpath": False,
    "elementRef": False,
}
LAUNCH = {
    "executable_path": "/usr/bin/chromium",
    "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"],
}
PICTURES = os.environ.get("PICTURES")  # a folder: a picture of each page that was looked at is kept there


class Desk:
    """One colleague's browser at the back office."""

    def __init__(self, page: Page, address: str, width: str) -> None:
        self.page = page
        self.address = address
        self.width = width
        self.complaints: list[str] = []
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        """Go to an address of the shop."""
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def send(self) -> None:
        """Press the button of the page's form, and wait for the page that answers."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator("main form button").click()

    def look(self, name: str | None = None, *, expected: tuple[str, ...] = ()) -> list[str]:
        """What is wrong with the page as it stands: errors told to the console, sideways scrolling, texts cut off,
        and what axe finds against WCAG 2.2 AA.

        Args:
            name: keeps a picture under it, if the environment's PICTURES names a folder.
            expected: parts of console errors that belong to the page, such as the status of a refused form.
        """
        self.page.wait_for_load_state("load")
        wrong = [said for said in self.complaints if not any(part in said for part in expected)]
        self.complaints.clear()
        if self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"scrolls sideways: {self.page.evaluate(TOO_WIDE)}")
        wrong += [f"cut off: {text}" for text in self.page.evaluate(CUT_OFF)]
        found = Axe().run(self.page, options=OPTIONS)
        for violation in found.response["violations"]:
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:4])
            wrong.append(f"axe {violation['id']}: {nodes}")
        if PICTURES and name:
            self.page.screenshot(path=str(Path(PICTURES) / f"{name}-{self.width}.png"), full_page=True)
        return wrong

    def tab_to(self, words: str, *, most: int = 80) -> None:
        """Reach something by the keyboard alone.

        Raises:
            AssertionError: it is not reached.
        """
        self.page.wait_for_load_state("load")
        for _ in range(most):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(
                "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
                " || document.activeElement.labels?.[0]?.innerText || '').trim()"
            )
            if re.search(words, here):
                return
        raise AssertionError(f"not reached by keyboard: {words}")


TOO_WIDE = """
[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest(".table-scroll")).slice(0, 5).map((e) => e.outerHTML.slice(0, 120))
"""
CUT_OFF = """
[...document.querySelectorAll("main *, header *")].filter((e) => {
  const style = getComputedStyle(e);
  return style.overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1 && e.innerText && e.clientWidth > 1;
}).slice(0, 5).map((e) => e.innerText.slice(0, 60))
"""


@contextmanager
def desk(
    browser: Browser, address: str, colleague: Colleague | None, *, width: str = "desk", **options: Any
) -> Iterator[Desk]:
    """A browser of a width, with the session of a colleague in it. Nothing moves, so that what is looked at stands."""
    wide, high = WIDTHS[width]
    size: Any = {"width": wide, "height": high}
    context = browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce", **options)
    if colleague is not None:
        cookie = colleague.client.get_cookie("staff", path="/staff")
        assert cookie is not None
        context.add_cookies([{"name": "staff", "value": cookie.value, "url": f"{address}/staff"}])
    context.set_default_timeout(15_000)
    try:
        yield Desk(context.new_page(), address, width)
    finally:
        context.close()
