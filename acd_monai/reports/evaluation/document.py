"""What a report says, apart from how it is written: the same document becomes Markdown and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["Block", "Cell", "Document", "Facts", "Lines", "Picture", "Row", "Section", "Table"]


class Cell(NamedTuple):
    """One cell of a table.

    Attributes:
        text: what it says.
        detail: said less loudly after it, an interval.
        best: the best of its column.
    """

    text: str
    detail: str = ""
    best: bool = False


class Row(NamedTuple):
    """One row of a table, its first cell the name."""

    cells: tuple[Cell, ...]
    kind: Literal["body", "mean", "aside"] = "body"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        caption: what it shows.
        columns: headings, one a cell of every row.
        names: how many columns from the left hold words, not numbers.
        rows: from the top.
        mark: what must be known before a figure is quoted, None when there is nothing.
    """

    caption: str
    columns: tuple[str, ...]
    names: int
    rows: tuple[Row, ...]
    mark: str | None = None


class Facts(NamedTuple):
    """Names and what they are."""

    items: tuple[tuple[str, str], ...]


class Lines(NamedTuple):
    """Lines of text."""

    items: tuple[str, ...]


class Picture(NamedTuple):
    """A picture beside the report.

    Attributes:
        path: where it lies, beside the report.
        alt: what it shows, for who cannot see it.
    """

    path: Path
    alt: str


Block = Table | Facts | Lines | Picture


class Section(NamedTuple):
    """A heading and what is below it."""

    heading: str
    blocks: tuple[Block, ...]


class Document(NamedTuple):
    """A whole report.

    Attributes:
        title: one line.
        mark: what must not be overlooked, None when there is nothing.
        sections: from the top.
        foot: the last line.
    """

    title: str
    mark: str | None
    sections: tuple[Section, ...]
    foot: str
