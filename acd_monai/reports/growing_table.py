"""A CSV file that grows by a row at a time and can be cut back to an earlier moment."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from acd_monai.errors import OutputError
from acd_monai.reports.atomic import written_whole

__all__ = ["GrowingTable"]


class GrowingTable:
    """Rows of numbers; the first column counts up.

    Args:
        path: of the file.
        columns: their names.
    """

    def __init__(self, path: Path | str, columns: tuple[str, ...]) -> None:
        self.path = Path(path)
        self.columns = columns

    def keep_up_to(self, count: int) -> None:
        """Keep the rows whose first column is at most ``count``, or begin the file.

        Raises:
            OutputError: the file cannot be written.
        """
        rows = [row for row in self._text_rows() if int(row[0]) <= count]
        with written_whole(self.path) as part, part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([self.columns, *rows])

    def append(self, *values: float) -> None:
        """Add a row; a value that is no number stays empty.

        Raises:
            OutputError: the file cannot be written.
        """
        cells = ("" if math.isnan(value) else f"{value:.8g}" for value in values)
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(cells)
        except OSError as error:
            raise OutputError(f"could not write {self.path}: {error.strerror or error}; make room") from error

    def rows(self) -> list[list[float]]:
        """Return all whole rows; an empty cell is NaN."""
        return [[float(cell or "nan") for cell in row] for row in self._text_rows()]

    def _text_rows(self) -> list[list[str]]:
        """Return the rows that are whole: a killed process may have left half of the last one."""
        if not self.path.is_file():
            return []
        text = self.path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        lines = list(csv.reader(whole.splitlines()))
        return [row for row in lines[1:] if len(row) == len(self.columns)]
