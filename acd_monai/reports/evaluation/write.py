"""Everything that an evaluation, or a comparison of several, leaves behind, in one folder."""

from __future__ import annotations

from pathlib import Path

from acd_monai.reports.atomic import written_whole
from acd_monai.reports.evaluation.compare import Comparison
from acd_monai.reports.evaluation.comparison_text import comparison_csv, comparison_html, comparison_markdown
from acd_monai.reports.evaluation.curves_plot import write_curves
from acd_monai.reports.evaluation.histograms_plot import write_histograms
from acd_monai.reports.evaluation.html_page import to_html
from acd_monai.reports.evaluation.markdown import to_markdown
from acd_monai.reports.evaluation.montage import write_montage
from acd_monai.reports.evaluation.report import Pictures, evaluation_document
from acd_monai.reports.evaluation.result import EvaluationResult
from acd_monai.reports.evaluation.results_csv import write_results_csv, write_scores_csv
from acd_monai.reports.evaluation.results_json import RESULTS_JSON, write_results_json

__all__ = ["write_comparison", "write_evaluation"]


def write_evaluation(result: EvaluationResult, output_dir: Path | str) -> list[Path]:
    """Write tables, pictures and the page; ``results.json`` comes last, so where it is new all is.

    Returns:
        The files: ``curves.png``, ``histograms.png``, ``montage.png``, ``scores.csv``, ``results.csv``,
        ``results.md``, ``report.html``, ``results.json``.

    Raises:
        OutputError: A file cannot be written.
    """
    folder = Path(output_dir)
    pictures = Pictures(folder / "curves.png", folder / "histograms.png", folder / "montage.png")
    write_curves(result, pictures.curves)
    write_histograms(result, pictures.histograms)
    write_montage(result, pictures.montage)
    scores, table, text, page = (folder / name for name in ("scores.csv", "results.csv", "results.md", "report.html"))
    write_scores_csv(result, scores)
    write_results_csv(result, table)
    document = evaluation_document(result, pictures)
    for path, content in ((text, to_markdown(document)), (page, to_html(document))):
        with written_whole(path) as part:
            part.write_text(content, encoding="utf-8")
    write_results_json(result, folder / RESULTS_JSON)
    return [*pictures, scores, table, text, page, folder / RESULTS_JSON]


def write_comparison(comparison: Comparison, output_dir: Path | str) -> str:
    """Write ``comparison.md``, ``.csv`` and ``.html``, and return the first.

    Raises:
        OutputError: A file cannot be written.
    """
    text = comparison_markdown(comparison)
    pages = {"md": text, "csv": comparison_csv(comparison), "html": comparison_html(comparison)}
    for ending, content in pages.items():
        with written_whole(Path(output_dir) / f"comparison.{ending}") as part:
            part.write_text(content, encoding="utf-8")
    return text
