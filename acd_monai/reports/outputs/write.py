"""All outputs of one case, one after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from acd_monai.errors import OutputSkippedError
from acd_monai.reports.outputs.case_output import CaseOutput
from acd_monai.reports.outputs.case_view import CaseView
from acd_monai.reports.summary import summary_to_json

__all__ = ["write_outputs"]

logger = logging.getLogger(__name__)


def write_outputs(
    view: CaseView, outputs: Sequence[CaseOutput], folder: Path, since: float, progress: bool = True
) -> dict[str, Any]:
    """Write a case's outputs; one that cannot be made of this case is a warning, and the others are written.

    Args:
        view: the case.
        outputs: see :func:`~acd_monai.reports.outputs.choose_outputs`.
        folder: where they go.
        since: ``time.monotonic()`` when work on the case began.
        progress: show on a terminal which output is being written.

    Returns:
        The content of the case's summary, whether or not it is among the outputs.

    Raises:
        OutputError: a file cannot be written.
    """
    case = view.summary.case
    view = replace(view, summary=replace(view.summary, outputs={}, outputs_asked_for=[item.name for item in outputs]))
    with tqdm(total=len(outputs), unit="file", leave=False, disable=None if progress else True) as bar:
        for output in outputs:
            bar.set_description(f"writing {output.name}")
            names = output.file_names(case)
            view = replace(view, summary=replace(view.summary, seconds=time.monotonic() - since))
            try:
                written = output.write(view, {role: folder / name for role, name in names.items()})
                view = _with_outputs(view, {role: names[role] for role in written})
            except OutputSkippedError as error:
                line = f"no {output.name} output: {error}"
                logger.warning("%s: %s", case, line)
                view = _with_warning(view, line)
            bar.update()
    return summary_to_json(view.summary)


def _with_outputs(view: CaseView, names: dict[str, str]) -> CaseView:
    return replace(view, summary=replace(view.summary, outputs={**view.summary.outputs, **names}))


def _with_warning(view: CaseView, line: str) -> CaseView:
    summary = replace(view.summary, warnings=[*view.summary.warnings, line])
    return replace(view, summary=summary, noticed=[*view.noticed, line])
