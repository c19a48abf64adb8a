"""The page in a real browser: a photo, its answer, why, what it really is, and by keyboard, on a phone, alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium"),
    pytest.mark.skipif(find_spec("playwright") is None, reason="Playwright is not installed: pip install playwright"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield opened
        opened.close()


class Visit:
    """A page, and what it asked for and complained of."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.page = browser.new_page(**{"locale": "en-GB", "viewport": {"width": 1100, "height": 900}, **options})
        self.page.set_default_timeout(20_000)
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else 0)
        self.page.goto(address)

    def show(self, photo: Path) -> None:
        """Give it a photo, and wait for the points that are joined."""
        self.page.locator(".drop input[type=file]").first.set_input_files(photo)
        self.page.locator(".verdict .name").wait_for()


@pytest.fixture
def files(views: dict[str, bytes], tmp_path: Path) -> dict[str, Path]:
    for name, data in views.items():
        (tmp_path / f"{name}.png").write_bytes(data)
    return {name: tmp_path / f"{name}.png" for name in views}


def test_a_photo_is_answered_explained_corrected_and_right(browser: Any, address: str, files: dict[str, Path]) -> None:
    visit = Visit(browser, address)
    page = visit.page
    visit.show(files["coffee"])
    assert page.locator(".verdict .name").inner_text() == "coffee"
    assert page.locator(".sure b").inner_text() in ("practically certain", "very likely", "likely")
    page.locator(".joined line").first.wait_for(state="attached")
    page.get_by_text("The map was tested").wait_for()
    page.get_by_role("button", name="Where they differ").click()
    page.locator("figure canvas").first.wait_for()
    visit.show(files["moon"])
    page.get_by_text("Wrong? It is").click()
    page.get_by_label("What it shows").fill("the moon")
    page.get_by_text("New: this photo becomes").wait_for()
    page.get_by_role("button", name="Save").click()
    page.locator(".verdict .name", has_text="the moon").wait_for()
    page.get_by_text("You said so").wait_for()
    page.goto(f"{address}#/gallery")
    page.get_by_role("button", name="the moon").click()
    page.get_by_role("heading", name="the moon").wait_for()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Undo").first.click()
    page.get_by_text("Undone").first.wait_for()
    page.goto(f"{address}#/verify")
    for place, name in enumerate(("coffee", "chelsea")):
        page.locator(".two-drops input").nth(place).set_input_files(files[name])
    page.get_by_role("heading", name="Not the same thing").wait_for()
    page.goto(f"{address}#/gallery")
    page.get_by_role("button", name="Map").click()
    page.get_by_role("button", name="coffee").click()
    page.get_by_role("heading", name="coffee").wait_for()
    for view in ("unknown", "health", "settings"):
        page.goto(f"{address}#/{view}")
        page.locator("main h1").wait_for()
    page.close()
    assert visit.complaints == []
    assert {url.split("/")[2] for url in visit.asked if not url.startswith(("blob:", "data:"))} == {
        address.split("/")[2]
    }


def test_the_keyboard_is_enough(browser: Any, address: str, files: dict[str, Path]) -> None:
    visit = Visit(browser, address)
    page = visit.page
    page.locator("#nav a").first.wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    visit.show(files["chelsea"])
    page.get_by_role("button", name="Wrong?").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("camera")
    page.keyboard.press("Enter")
    page.locator(".verdict .name", has_text="camera").wait_for()
    page.locator(".toast button").focus()
    page.keyboard.press("Enter")
    page.locator(".verdict .name", has_text="chelsea").wait_for()
    page.close()
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it(browser: Any, address: str, files: dict[str, Path], scheme: str) -> None:
    visit = Visit(browser, address, viewport={"width": 390, "height": 844}, locale="de-DE", color_scheme=scheme)
    page = visit.page
    visit.show(files["gravel"])
    assert page.locator("html").get_attribute("lang") == "de"
    for view in ("ask", "verify", "gallery", "unknown", "health", "settings"):
        page.goto(f"{address}#/{view}")
        page.locator("main h1").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(
            "[...document.querySelectorAll('button, a.button')].every((b) => !b.offsetParent || b.offsetHeight >= 34)"
        )
    page.close()
    assert visit.complaints == []


@pytest.mark.skipif(find_spec("axe_playwright_python") is None, reason="axe-core is not installed")
def test_who_hears_the_page_finds_everything(browser: Any, address: str, files: dict[str, Path]) -> None:
    import axe_playwright_python

    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    visit = Visit(browser, address, bypass_csp=True, viewport={"width": 390, "height": 844})
    page = visit.page
    page.evaluate(axe)

    def check() -> None:
        found = page.evaluate("axe.run()")["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []

    visit.show(files["coffee"])
    page.locator(".joined line").first.wait_for(state="attached")
    page.get_by_text("Wrong? It is").click()
    for view in ("ask", "verify", "health", "settings", "unknown", "gallery"):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator("main h1").first.wait_for()
        check()
    page.locator(".thing").first.click()
    page.locator(".shots").wait_for()
    check()
    page.close()
