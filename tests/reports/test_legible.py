"""Names in any script: drawn where a font of the machine has the letters, else spelled out, and never warned of."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from acd_monai.reports import legible as module
from acd_monai.reports.legible import legible, write_text

LETTER = "\U00010fff"
"""No character, so that no font of the machine has it."""


def forget() -> None:
    for remembered in (module._families, module._file_of):
        remembered.cache_clear()


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[None]:
    """A font with a black box for the letter."""
    pen = TTGlyphPen(None)
    corners = [(50, 0), (50, 900), (950, 900), (950, 0)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({ord(LETTER): "box"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "box": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "box": (1000, 50)})
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "Boxes for a test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "boxes.ttf")
    before = [*fontManager.ttflist]
    fontManager.addfont(tmp_path / "boxes.ttf")
    forget()
    yield
    fontManager.ttflist[:] = before
    forget()


def drawn(text: str, form: str) -> bytes:
    figure = Figure(figsize=(3, 1))
    FigureCanvasAgg(figure)
    write_text(figure, 0.1, 0.5, text, "bold", fontsize=14)
    content = io.BytesIO()
    with warnings.catch_warnings(), rc_context({"pdf.fonttype": 42}):  # as the report has it
        warnings.simplefilter("error")
        figure.savefig(content, format=form)
    return content.getvalue()


def test_what_the_own_font_has_stays_and_needs_no_other() -> None:
    text = "Kopf größer é Ω Ж 3 × 4 – „so“ $x^2$\nline"
    assert legible(text).text == legible(text, "bold").text == text
    assert legible(text).families == legible("a").families


def test_a_letter_that_no_font_has_is_spelled_out() -> None:
    assert legible(f"a{LETTER}b").text == r"a\U00010fffb"
    assert drawn(f"a{LETTER}b", "png") == drawn(r"a\U00010fffb", "png")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("form", ["png", "pdf"])
def test_a_font_of_the_machine_that_has_it_is_taken(form: str) -> None:
    assert legible(f"a{LETTER}b").text == f"a{LETTER}b"
    assert legible(f"a{LETTER}b").families == [*legible("a").families, "Boxes for a test"]
    assert drawn(f"a{LETTER}b", form) != drawn("ab", form)


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_a_chinese_name_is_drawn_without_a_warning(form: str) -> None:
    assert len(drawn("患者一 (CT)", form)) > 500
