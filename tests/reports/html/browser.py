"""A headless Chromium for tests, and a page in it that keeps watch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright; install the extra 'dev'")

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
"""WebGL without a graphics card, and a browser that the superuser of a container may start."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start the machine's Chromium, else Playwright's own; skip where there is neither."""
    with playwright.sync_playwright() as driver:
        found = next(filter(None, map(shutil.which, NAMES)), None) or driver.chromium.executable_path
        if not Path(found).exists():
            pytest.skip("no Chromium on this machine; run 'bash scripts/install_browser.sh'")
        browser = driver.chromium.launch(executable_path=found, args=list(OPTIONS))
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, **context: Any) -> Iterator[Any]:
    """Open a page; at the end it must have said nothing on the console and asked for nothing but itself."""
    with browser.new_context(**({"viewport": {"width": 1000, "height": 480}} | context)) as made:
        page = made.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        address = f"file://{quote(str(path))}"
        page.goto(address)
        page.wait_for_selector("body[data-state]", timeout=60_000)
        assert page.get_attribute("body", "data-state") == "ready", (said, page.text_content("#trouble"))
        yield page
        assert said == []
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [address]
