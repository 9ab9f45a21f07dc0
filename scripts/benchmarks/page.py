"""Seconds until the page of a synthetic 512 x 512 x 300 case is open in a headless Chromium, no graphics card."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from acd_monai.reports.outputs import choose_outputs, write_outputs
from benchmarks.outputs import make_view

__all__ = ["add_arguments", "run"]

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
"""What the machine may call its browser; else Playwright's own is taken."""

OPTIONS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
LONGEST_S = 120


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this benchmark's options."""
    parser.add_argument("--size", type=int, default=512, help="rows and columns (default: 512)")
    parser.add_argument("--slices", type=int, default=300, help="default: 300")


def run(options: argparse.Namespace) -> None:
    """Write the page, open it three times in a new browser each, and print seconds and size."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("no Playwright; install the extra 'dev', then run 'bash scripts/install_browser.sh'")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        view = make_view((options.size, options.size, options.slices), Path(folder, "study"))
        write_outputs(view, choose_outputs("html"), Path(folder, "out"), time.monotonic(), progress=False)
        path = Path(folder, "out", "case.html")
        print(f"{path.stat().st_size / 1e6:.1f} MB")
        found = next(filter(None, map(shutil.which, NAMES)), None)
        for _ in range(3):
            browser = driver.chromium.launch(executable_path=found, args=list(OPTIONS))
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            start = time.perf_counter()
            page.goto(path.as_uri())
            page.wait_for_selector("body[data-state=ready]", timeout=1000 * LONGEST_S)
            print(f"{time.perf_counter() - start:.1f} s")
            browser.close()
