"""A document as Markdown with GitHub's tables; names of files and classes stay plain text, whatever they hold."""

from __future__ import annotations

import html
import re

from acd_monai.reports.csv_cells import one_line
from acd_monai.reports.evaluation.document import Block, Cell, Document, Facts, Lines, Picture, Table

__all__ = ["to_markdown"]

_MARKUP = re.compile(r"[\\`*|#~$]|\](?=[(\[:])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What begins or ends markup; an underscore inside a word does not, nor do brackets that no link can follow."""


def to_markdown(document: Document) -> str:
    """Return the document as Markdown; pictures are links to the files beside it."""
    parts = [f"# {_escape(document.title)}", *_marked(document.mark)]
    for section in document.sections:
        parts.append(f"## {_escape(section.heading)}")
        parts += [part for block in section.blocks for part in _block(block)]
    parts.append(f"*{_escape(document.foot)}*")
    return "\n\n".join(parts) + "\n"


def _escape(text: str) -> str:
    return _MARKUP.sub(lambda match: f"\\{match.group()}", html.escape(one_line(text), quote=False))


def _marked(mark: str | None) -> list[str]:
    return [] if mark is None else [f"> **⚠ {_escape(mark)}**"]


def _block(block: Block) -> list[str]:
    match block:
        case Table():
            return [f"**{_escape(block.caption)}**", *_marked(block.mark), _table(block)]
        case Facts():
            return ["\n".join(f"- {_escape(name)}: {_escape(value)}" for name, value in block.items)]
        case Lines():
            return ["\n".join(f"- {_escape(line)}" for line in block.items)]
        case Picture():
            alt = block.alt.replace("[", "(").replace("]", ")")
            return [f"![{_escape(alt)}]({block.path.name})"]


def _table(table: Table) -> str:
    rule = [":--"] * table.names + ["--:"] * (len(table.columns) - table.names)
    rows = [[_escape(column) for column in table.columns], rule, *([*map(_cell, row.cells)] for row in table.rows)]
    emphasised = {index + 2 for index, row in enumerate(table.rows) if row.kind == "mean"}
    return "\n".join(_line(cells, index in emphasised) for index, cells in enumerate(rows))


def _line(cells: list[str], emphasised: bool) -> str:
    first, *rest = cells
    return f"| {' | '.join([f'**{first}**' if emphasised else first, *rest])} |"


def _cell(cell: Cell) -> str:
    text = f"**{_escape(cell.text)}**" if cell.best else _escape(cell.text)
    return f"{text} {_escape(cell.detail)}".strip()
