"""``<case>.html``: the case in a browser, with its findings to click on."""

from __future__ import annotations

from collections.abc import Iterable

from acd_monai.reports.html.case_data import COLOUR_MAPS, MOST_LISTED, CaseData, pictures_data, volume_data
from acd_monai.reports.html.page import data_uri, facts_block, make_page, text
from acd_monai.reports.html.thumbnail import make_thumbnail
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.report_text import Table, describe_findings, describe_model, describe_scan, describe_top
from acd_monai.reports.summary import NOTICE

__all__ = ["make_case_page"]

LAYOUTS = {
    "all": "three planes and 3-D",
    "axial": "axial",
    "coronal": "coronal",
    "sagittal": "sagittal",
    "render": "3-D",
}

KEYS = {
    "volume": (
        ("← → ↑ ↓", "left, right, front, back"),
        ("Page Up, Page Down", "up, down"),
        ("n, p", "next, previous finding"),
        ("o", "map on or off"),
        ("wheel", "through the slices"),
        ("drag in 3-D", "turn"),
        ("right drag", "contrast"),
    ),
    "frame": (("← → ↑ ↓", "a pixel"), ("n, p", "next, previous finding"), ("o", "map on or off")),
    "video": (
        ("← → ↑ ↓", "a pixel"),
        ("Page Up, Page Down", "next, previous frame"),
        ("n, p", "next, previous finding"),
        ("o", "map on or off"),
    ),
}


def make_case_page(view: CaseView) -> str:
    """Return the page of a case; the same case gives the same page.

    Raises:
        OutputSkippedError: the viewer's scripts have not been built.
    """
    is_volume = view.summary.source.kind == "volume"
    data = volume_data(view) if is_volume else pictures_data(view)
    parts = (
        _head(view),
        '<p id="trouble" class="alert" role="alert" hidden></p>',
        f'<main class="case"><div class="stage">{_stage(view)}{_curve(view)}</div>',
        f'<div class="side">{_findings(view)}{_controls(view)}{_about(view, data)}</div></main>',
        f"<footer>{text(NOTICE)}</footer>",
        data.blocks,
        facts_block(data.facts),
    )
    icon = data_uri(make_thumbnail(view), "jpeg")
    return make_page(view.title, "\n".join(parts), "volume" if is_volume else "pictures", icon, wide=True)


def _head(view: CaseView) -> str:
    alert = "" if view.alert is None else f'<p class="alert" role="note">⚠ {text(view.alert)}</p>'
    return f"<header><h1>{text(view.title)}</h1><p>{text(NOTICE)}</p></header>{alert}"


def _stage(view: CaseView) -> str:
    is_volume = view.summary.source.kind == "volume"
    told = (
        "Axial, coronal and sagittal slices through one point and a 3-D render, with the anomaly map laid over"
        if is_volume
        else "The picture with the anomaly map laid over"
    )
    voxel = '<dt>voxel</dt><dd id="at-voxel">–</dd>' if is_volume else ""
    return (
        f'<div class="frame {"planes" if is_volume else "flat"}">'
        f'<canvas id="picture" tabindex="0" role="img" aria-label="{told}"></canvas></div>'
        '<dl class="readout" aria-live="polite"><dt>at</dt><dd id="at-place">–</dd>'
        f'{voxel}<dt>anomaly score</dt><dd id="at-map">–</dd><dt>shown</dt><dd id="at-slice">–</dd></dl>'
    )


def _curve(view: CaseView) -> str:
    scores, summary = view.picture.scores, view.summary
    if summary.source.kind == "frame":
        return ""
    what = f"{summary.slices.plane} slices" if view.timeline is None else "frames, over time"
    return (
        f"<figure><figcaption>Scores of {text(what)} (0 to 1; dashed: threshold). Click to go there.</figcaption>"
        f'<svg id="curve" role="img" aria-label="Curve of the scores of {text(what)}"></svg>'
        f"<label>{'slice' if view.timeline is None else 'frame'}"
        f'<input id="slice" type="range" min="0" max="{len(scores) - 1}" step="1" value="0"></label></figure>'
    )


def _controls(view: CaseView) -> str:
    threshold = min(max(view.summary.threshold.value, 0.0), 1.0)
    colours = "".join(f"<option>{name}</option>" for name in COLOUR_MAPS)
    layouts = "".join(f'<option value="{value}">{label}</option>' for value, label in LAYOUTS.items())
    layout = f'<label>view<select id="layout">{layouts}</select></label>'
    return (
        '<fieldset class="controls"><legend>Anomaly map</legend>'
        '<label class="row"><input id="shown" type="checkbox" checked>show the map</label>'
        '<label>threshold <output id="threshold-value"></output>'
        f'<input id="threshold" type="range" min="0" max="1" step="0.001" value="{threshold:.3f}"></label>'
        '<label>opacity <output id="opacity-value"></output>'
        '<input id="opacity" type="range" min="0" max="1" step="0.01" value="0.6"></label>'
        f'<label>colours<select id="colours">{colours}</select></label>'
        f"{layout if view.summary.source.kind == 'volume' else ''}"
        '<div class="scale"><span>0</span><canvas id="scale" aria-hidden="true"></canvas><span>1</span></div>'
        '<button id="reset" type="button">as at first</button></fieldset>'
    )


def _findings(view: CaseView) -> str:
    components = view.summary.components
    table = describe_findings(view, MOST_LISTED)
    listed = f", the {len(table.rows)} highest listed" if len(table.rows) < components.total else ""
    heading = f"<h2>Findings: {components.total} at or above {view.summary.threshold.value:.3f}{listed}</h2>"
    if not table.rows:
        return f"<section>{heading}<p>{text(describe_top(view))}.</p></section>"
    return f'<section>{heading}<div class="scroll">{_table(table)}</div></section>'


def _table(table: Table) -> str:
    kept = [index for index, name in enumerate(table.columns) if index and not name.startswith("centre")]
    heads = "".join(f'<th scope="col">{text(table.columns[index])}</th>' for index in kept)
    rows = "".join(
        f'<tr><td><button type="button" aria-label="Go to finding {text(row[0])}">{text(row[0])}</button></td>'
        + "".join(f"<td>{text(row[index])}</td>" for index in kept)
        + "</tr>"
        for row in table.rows
    )
    return f'<table id="findings"><thead><tr><th scope="col">no.</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _about(view: CaseView, data: CaseData) -> str:
    warnings = [*view.noticed, *_thinned(view, data)]
    noticed = f"<section><h2>Noticed</h2><ul>{_items(warnings)}</ul></section>" if warnings else ""
    return (
        f"{noticed}<section><h2>Scan</h2>{_lines(describe_scan(view))}</section>"
        f"<section><h2>Score and model</h2>{_lines(describe_model(view))}</section>"
        f"<details><summary>Keys</summary>{_lines(KEYS[view.summary.source.kind])}"
        "<p>They work while the picture has the focus: click on it first. Touch: drag to look around.</p></details>"
    )


def _thinned(view: CaseView, data: CaseData) -> list[str]:
    grid = data.grid
    if grid.is_whole:
        return []
    full = " × ".join(str(length) for length in view.picture.anomaly_map.shape)
    shown = " × ".join(str(length) for length in grid.shown)
    steps = ", ".join(str(step) for step in grid.step)
    return [
        f"This page shows {shown} of {full} (rows × columns × slices): one voxel in {steps} along each. Numbers in the "
        "list of findings are of the full map; so is the NIfTI file."
    ]


def _items(lines: Iterable[str]) -> str:
    return "".join(f"<li>{text(line)}</li>" for line in lines)


def _lines(lines: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in lines) + "</dl>"
