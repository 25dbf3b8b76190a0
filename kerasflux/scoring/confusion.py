"""The confusion matrix as an object that knows its labels."""

from __future__ import annotations

import html
from typing import Any, Literal

import numpy as np
import pandas as pd

from kerasflux.drawing import heatmap
from kerasflux.errors import MeasureError
from scitypes.pools import Pool

_SHOWN = 20
_CELL = "text-align:right;padding:.1em 0 .1em 1em"


class ConfusionMatrix:
    """Counts (or sums of weights) of rows by true and predicted label.

    True classes are in rows and predicted ones in columns, as in scikit-learn; MLJ has them the
    other way round. Every level of the pool has a row and a column, seen or not.

    Args:
        matrix: `(n_levels, n_levels)`, non-negative.
        levels: the labels, in the order of rows and columns.

    Attributes:
        matrix: a read-only array.
        levels: a tuple of labels.

    Example:
        >>> from kerasflux.scoring.measures import confusion_matrix
        >>> cm = confusion_matrix(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> cm
        true \\ predicted   cat   dog
        cat                  1     1
        dog                  0     1
        >>> cm["cat", "dog"]
        1
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, matrix: Any, levels: Any) -> None:
        self.levels = Pool(tuple(levels)).levels
        self.matrix = np.array(matrix)
        if self.matrix.shape != (len(self.levels),) * 2:
            raise MeasureError(
                "A confusion matrix has a row and a column per level.",
                expected=f"shape {(len(self.levels),) * 2}",
                received=f"shape {self.matrix.shape}",
            )
        self.matrix.flags.writeable = False

    def __getitem__(self, labels: tuple[Any, Any]) -> Any:
        """How many rows of one true label were predicted as another: `cm[true, predicted]`."""
        if not isinstance(labels, tuple) or len(labels) != 2:
            raise MeasureError(
                "A confusion matrix is read by two labels.",
                expected="cm[true, predicted]",
                received=repr(labels),
                remedy="`cm.matrix` is the array, `cm.to_frame()` a table.",
            )
        return self.matrix[self._position(labels[0]), self._position(labels[1])].item()

    def __add__(self, other: ConfusionMatrix) -> ConfusionMatrix:
        """The sum over two sets of rows, such as folds; the levels have to be the same."""
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        if self.levels != other.levels:
            raise MeasureError(
                "Confusion matrices over other levels can't be added.",
                expected=f"levels {list(self.levels)}",
                received=f"levels {list(other.levels)}",
            )
        return ConfusionMatrix(self.matrix + other.matrix, self.levels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return self.levels == other.levels and np.array_equal(self.matrix, other.matrix)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype) != self.matrix.dtype:
            return self.matrix.astype(dtype)
        return self.matrix.copy() if copy else self.matrix

    def to_frame(self) -> pd.DataFrame:
        """A table with true labels as its index and predicted ones as its columns.

        Example:
            >>> cm = ConfusionMatrix([[5, 1], [0, 4]], ["no", "yes"])
            >>> int(cm.to_frame().loc["no", "yes"])
            1
        """
        rows = pd.Index(self.levels, name="true", tupleize_cols=False)
        named = pd.Index(self.levels, name="predicted", tupleize_cols=False)
        return pd.DataFrame(self.matrix, rows, named, copy=True)

    def plot(
        self,
        *,
        show: Literal["counts", "shares", "both"] = "counts",
        title: str = "",
        ax: Any = None,
    ) -> Any:
        """A heatmap, as a matplotlib figure (needs the extra `plot`).

        Args:
            show: what is written: counts, shares of the true class in percent, or both.
            title: above the picture.
            ax: matplotlib axes to draw on; a new figure without.
        """
        return heatmap(self.matrix, self.levels, show=show, title=title, ax=ax)

    def __repr__(self) -> str:
        head, *rows = self._cells()
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = [
            "   ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
            for row in (head, *rows)
        ]
        return "\n".join([*lines, *self._rest()])

    def __rich__(self) -> Any:
        from rich.table import Table
        from rich.text import Text

        head, *rows = self._cells()
        table = Table(title="Confusion matrix", caption=" ".join(self._rest()) or None)
        table.add_column(head[0], style="bold")
        for label in head[1:]:
            table.add_column(Text(label), justify="right")
        for i, (label, *cells) in enumerate(rows):
            shown = [Text(cell, "bold" if i == j else "") for j, cell in enumerate(cells)]
            table.add_row(Text(label), *shown)
        return table

    def _repr_html_(self) -> str:
        head, *rows = self._cells()
        first = "".join(f'<th style="{_CELL}">{html.escape(cell)}</th>' for cell in head)
        rest = "".join(
            f'<tr><th style="{_CELL}">{html.escape(label)}</th>{_html_cells(i, cells)}</tr>'
            for i, (label, *cells) in enumerate(rows)
        )
        title = html.escape(" ".join(["Confusion matrix", *self._rest()]))
        caption = f'<caption style="text-align:left;white-space:nowrap">{title}</caption>'
        return f"<table>{caption}<tr>{first}</tr>{rest}</table>"

    def _cells(self) -> list[list[str]]:
        labels = [str(label) for label in self.levels[:_SHOWN]]
        form = "{:,}" if self.matrix.dtype.kind in "iu" else "{:,.6g}"
        rows = [
            [label, *map(form.format, row)]
            for label, row in zip(labels, self.matrix[:_SHOWN, :_SHOWN], strict=True)
        ]
        return [["true \\ predicted", *labels], *rows]

    def _rest(self) -> list[str]:
        more = len(self.levels) - _SHOWN
        return [f"... {more} more levels (see .to_frame())"] if more > 0 else []

    def _position(self, label: Any) -> int:
        return int(Pool(self.levels).codes([label])[0])


def _html_cells(i: int, cells: list[str]) -> str:
    return "".join(
        f'<td style="{_CELL}">' + (f"<b>{cell}</b>" if i == j else cell) + "</td>"
        for j, cell in enumerate(cells)
    )
