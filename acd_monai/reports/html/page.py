"""A page that is one file: its style, its script and its data inside, and a policy that allows it nothing else.

The policy names style and script by their hashes, so nothing that slipped into the page can run, and nothing leaves it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from acd_monai.errors import AcdMonaiError
from acd_monai.reports.csv_cells import one_line
from acd_monai.reports.html.scripts import load_script, load_style
from acd_monai.reports.plain_json import to_plain

__all__ = ["data_block", "data_uri", "facts_block", "make_page", "text"]

COMPRESSION_LEVEL = 6


def make_page(title: str, body: str, script_name: str, icon: str = "", wide: bool = False) -> str:
    """Return a whole page.

    Args:
        title: plain text.
        body: HTML.
        script_name: see :func:`~acd_monai.reports.html.scripts.load_script`.
        icon: a data URI, or empty.
        wide: let the page take the whole window.

    Raises:
        OutputSkippedError: the scripts have not been built.
    """
    script, style = load_script(script_name), load_style()
    for name, content in (("script", script.code), ("style", style)):
        if f"</{name}" in content.lower() or "<!--" in content:
            raise AcdMonaiError(f"the viewer's {name} holds a tag that would end it early; build the viewer again")
    policy = (
        f"default-src 'none'; script-src {_hash(script.code)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{icon or "data:,"}">
<title>{text(title)}</title>
<style>{style}</style>
</head>
<body{' class="wide"' if wide else ""}>
{body}
{_licences(script.licences)}
<script>{script.code}</script>
</body>
</html>
"""


def text(value: object) -> str:
    """Return a text as HTML, in one line."""
    return escape(one_line(str(value)))


def facts_block(facts: Mapping[str, Any]) -> str:
    """Return what the script has to know, as a block that no browser runs."""
    written = json.dumps(to_plain(facts), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f'<script type="application/json" id="facts">{written.replace("<", chr(92) + "u003c")}</script>'


def data_block(name: str, content: bytes) -> str:
    """Return bytes as a block of the page, compressed; the same bytes give the same block."""
    packed = base64.b64encode(gzip.compress(content, COMPRESSION_LEVEL, mtime=0)).decode("ascii")
    return f'<script type="application/octet-stream" id="{name}">{packed}</script>'


def data_uri(content: bytes, kind: str) -> str:
    """Return a picture as a data URI; ``kind`` is ``png`` or ``jpeg``."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}'"


def _licences(content: str) -> str:
    if not content:
        return ""
    return (
        "<details class='licences'><summary>Licences of the software in this page</summary>"
        f"<pre>{escape(content)}</pre></details>"
    )
