"""A document as one HTML page that needs nothing else: no script, no network, pictures inside.

The page forbids itself everything but its own style and pictures, so a name that slipped through could do no harm.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from acd_monai.errors import InputError
from acd_monai.reports.csv_cells import one_line
from acd_monai.reports.evaluation.document import Block, Cell, Document, Facts, Lines, Picture, Row, Section, Table

__all__ = ["to_html"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --text: #1b1f24; --quiet: #57606a; --line: #d0d7de;
  --mean: #f0f3f6; --mark: #ffb000; }
@media (prefers-color-scheme: dark) { :root { --back: #111418; --text: #f2f4f7; --quiet: #a3acb8; --line: #3a424c;
  --mean: #1d232a; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 78rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.2rem; font-size: 1.2rem; border-bottom: 1px solid var(--line); }
.mark { margin: .6rem 0; padding: .5rem .8rem; background: var(--mark); color: #111418; font-weight: 700; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th { text-align: left; font-weight: 600; } thead th { white-space: nowrap; }
thead th.number { text-align: right; } tbody th { font-weight: 400; } td.word { text-align: left; }
tr.mean { background: var(--mean); } tr.mean th, tr.mean td, td strong { font-weight: 700; }
tr.aside { color: var(--quiet); font-style: italic; }
small { display: block; color: var(--quiet); font-weight: 400; white-space: nowrap; }
img { max-width: 100%; height: auto; border-radius: 4px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; } dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; } li { overflow-wrap: anywhere; }
footer { margin-top: 2.5rem; color: var(--quiet); font-size: .9rem; }
"""


def to_html(document: Document) -> str:
    """Return the document as a page; its pictures are read and become part of it.

    Raises:
        InputError: a picture cannot be read.
    """
    title = _escape(document.title)
    body = "\n".join(_section(section) for section in document.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{_marked(document.mark)}
{body}
</main>
<footer>{_escape(document.foot)}</footer>
</body>
</html>
"""


def _escape(text: str) -> str:
    return escape(one_line(text))


def _marked(mark: str | None) -> str:
    return "" if mark is None else f'<p class="mark" role="note">⚠ {_escape(mark)}</p>'


def _section(section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks)
    return f"<section>\n<h2>{_escape(section.heading)}</h2>\n{blocks}\n</section>"


def _block(block: Block) -> str:
    match block:
        case Table():
            return _table(block)
        case Facts():
            items = "\n".join(f"<dt>{_escape(name)}</dt><dd>{_escape(value)}</dd>" for name, value in block.items)
            return f"<dl>\n{items}\n</dl>"
        case Lines():
            items = "\n".join(f"<li>{_escape(line)}</li>" for line in block.items)
            return f"<ul>\n{items}\n</ul>"
        case Picture():
            return f'<p><img src="{_data_uri(block.path)}" alt="{_escape(block.alt)}"></p>'


def _table(table: Table) -> str:
    heads = "".join(
        f'<th scope="col" class="{_kind(index, table.names)}">{_escape(column)}</th>'
        for index, column in enumerate(table.columns)
    )
    rows = "\n".join(_row(row, table.names) for row in table.rows)
    return (
        f'<div class="table">\n{_marked(table.mark)}\n<table>\n<caption>{_escape(table.caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>"
    )


def _row(row: Row, names: int) -> str:
    first, *rest = row.cells
    cells = "".join(f'<td class="{_kind(index, names)}">{_cell(cell)}</td>' for index, cell in enumerate(rest, start=1))
    return f'<tr class="{row.kind}"><th scope="row">{_cell(first)}</th>{cells}</tr>'


def _kind(index: int, names: int) -> str:
    return "word" if index < names else "number"


def _cell(cell: Cell) -> str:
    text = f"<strong>{_escape(cell.text)}</strong>" if cell.best else _escape(cell.text)
    return f"{text}<small>{_escape(cell.detail)}</small>" if cell.detail else text


def _data_uri(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; write the pictures before the page") from error
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
