#!/usr/bin/env bash
# A Chromium for the tests of the pages, unless there is one: the distribution's, else Playwright's own.
# Without any, those tests are skipped and say so.
set -euo pipefail
for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if python - <<'END'; then exit 0; fi
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright

with sync_playwright() as driver:
    sys.exit(not Path(driver.chromium.executable_path).exists())
END
log="$(mktemp)"
echo "Installing a Chromium for the tests of the pages …"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && {
    apt-get update && apt-get install -y --no-install-recommends chromium-headless-shell
} >"$log" 2>&1; then
    exit 0
fi
if timeout 300 python -m playwright install --only-shell chromium >>"$log" 2>&1; then exit 0; fi
tail -n 3 "$log"
echo "No Chromium could be installed: the tests of the pages in a browser are skipped."
