"""How a schema looks: as plain text, as a table in a terminal, as HTML in a notebook.

Takes columns (anything with `name`, `scitype`, `type`, `pool`, `missing`, `distinct`) and a title,
and gives text. rich is imported when something is printed, not before.
"""

from __future__ import annotations

import html as _html
import shutil
from collections.abc import Sequence
from io import StringIO
from typing import Any

from scitypes.messages import shortened

_HEADINGS = ("name", "scitype", "type", "missing", "distinct", "levels")
_NUMBERS = ("missing", "distinct")
_FOLDED = ("name", "scitype")
_LEAST = 8  # characters of levels that are worth a column
_MOST = 60  # columns shown; a thousand of them would hide what is above


def plain(columns: Sequence[Any], title: str) -> str:
    """Aligned text without a frame, the same in every terminal."""
    cells = [_HEADINGS[:5], *(row[:5] for row in _rows(columns))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(_aligned, _HEADINGS, row, widths)).rstrip() for row in cells]
    return "\n".join([title, *lines, *_rest(columns)])


def boxed(columns: Sequence[Any], title: str) -> str:
    """A framed table, as wide as the terminal at most."""
    from rich.console import Console

    # At least 60 columns: in a narrower one every cell would be an ellipsis.
    width = max(60, shutil.get_terminal_size((80, 24)).columns)
    console = Console(file=StringIO(), width=width, color_system=None, force_jupyter=False)
    with console.capture() as capture:
        console.print(rich_table(columns, title, width))
    return "\n".join(line.rstrip() for line in capture.get().rstrip().splitlines())


def rich_table(columns: Sequence[Any], title: str, width: int) -> Any:
    """The table as rich draws it, for a console of that width; levels take what room is left."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    room = _room(columns, width)
    shown = [name for name in _shown(columns) if name != "levels" or room >= _LEAST]
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for heading in shown:
        justify: Any = _side(heading)
        table.add_column(heading, justify=justify, no_wrap=heading not in _FOLDED, overflow="fold")
    for row in _rows(columns):
        cells = dict(zip(_HEADINGS, row, strict=True))
        cells["levels"] = _cut(cells["levels"], room)
        table.add_row(*(Text(cells[heading]) for heading in shown))
    for text in _rest(columns):
        table.caption = text
    return table


def html(columns: Sequence[Any], title: str) -> str:
    """A table for a notebook, in the notebook's own style."""
    shown = _shown(columns)
    head = "".join(f"<th style='{_style(name)}'>{name}</th>" for name in shown)
    body = "".join(f"<tr>{_html_row(row, shown)}</tr>" for row in _rows(columns))
    rest = "".join(f"<p>{_html.escape(text)}</p>" for text in _rest(columns))
    return (
        "<table><caption style='text-align:left;white-space:nowrap'>"
        f"{_html.escape(title)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
    )


def _html_row(row: Sequence[str], shown: Sequence[str]) -> str:
    pairs = [(name, cell) for name, cell in zip(_HEADINGS, row, strict=True) if name in shown]
    return "".join(f"<td style='{_style(name)}'>{_html.escape(cell)}</td>" for name, cell in pairs)


def _rows(columns: Sequence[Any]) -> list[tuple[str, ...]]:
    return [
        (
            column.name if isinstance(column.name, str) else repr(column.name),
            repr(column.scitype),
            column.type,
            _number(column.missing),
            _number(column.distinct),
            _levels(column.pool),
        )
        for column in columns[:_MOST]
    ]


def _room(columns: Sequence[Any], width: int) -> int:
    cells = [_HEADINGS[:5], *(row[:5] for row in _rows(columns))]
    taken = sum(max(map(len, column)) + 1 for column in zip(*cells, strict=True))
    return width - taken - 3


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(0, most - 3)].rstrip(" ,<") + "..."


def _shown(columns: Sequence[Any]) -> list[str]:
    levelled = any(column.pool is not None for column in columns)
    return [name for name in _HEADINGS if name != "levels" or levelled]


def _rest(columns: Sequence[Any]) -> list[str]:
    more = len(columns) - _MOST
    return [f"... and {more:,} more columns; .to_frame() has them all"] if more > 0 else []


def _levels(pool: Any) -> str:
    if pool is None:
        return ""
    between = " < " if pool.ordered else ", "
    shown = [shortened(str(level), 24) for level in pool.levels[:6]]
    return between.join([*shown, "..."] if len(pool.levels) > 6 else shown)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _style(heading: str) -> str:
    return f"text-align:{_side(heading)};padding:.1em 1em .1em 0"


def _side(heading: str) -> str:
    return "right" if heading in _NUMBERS else "left"


def _aligned(heading: str, cell: str, width: int) -> str:
    return cell.rjust(width) if heading in _NUMBERS else cell.ljust(width)
