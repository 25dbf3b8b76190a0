"""How a schema looks: as plain text, as a table in a terminal, as HTML in a notebook.

Takes columns (anything with `name`, `scitype`, `type`, `pool`, `missing`, `distinct`) and a title,
and gives text. Names and scitypes are never broken: where there is no room, fewer levels are shown,
then other columns are left out. rich is imported when something is printed, not before.
"""

from __future__ import annotations

import html as _html
import shutil
from collections.abc import Sequence
from typing import Any

_HEADINGS = ("name", "scitype", "type", "missing", "distinct", "levels")
_NUMBERS = ("missing", "distinct")
_SPARED = ("type", "distinct", "missing")  # left out in this order where there is no room
_LEAST = 8  # characters of levels that are worth a column
_NARROWEST = 60  # below this, what does not fit is for the terminal to wrap
_IN_HTML = 100  # characters of levels in a notebook
_MOST = 60  # columns shown; a thousand of them would hide what is above
_GAP = 2


def plain(columns: Sequence[Any], title: str) -> str:
    """Aligned text without a frame, as wide as the terminal at most."""
    shown, rows = _fitted(columns, shutil.get_terminal_size((100, 24)).columns)
    cells = [tuple(shown), *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    gap = " " * _GAP
    lines = [gap.join(map(_aligned, shown, row, widths)).rstrip() for row in cells]
    return "\n".join([title, *lines, *_rest(columns)])


def rich_table(columns: Sequence[Any], title: str, width: int) -> Any:
    """The table as rich draws it, for a console of that width."""
    from rich.table import Table
    from rich.text import Text

    shown, rows = _fitted(columns, width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    table.title, table.title_justify, table.title_style = title, "left", "bold"
    for heading in shown:
        table.add_column(heading, justify=_side(heading), no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    for text in _rest(columns):
        table.caption, table.caption_justify = text, "left"
    return table


def html(columns: Sequence[Any], title: str) -> str:
    """A table for a notebook, in the page's own colours."""
    levelled = any(column.pool is not None for column in columns)
    shown = [name for name in _HEADINGS if name != "levels" or levelled]
    head = "".join(f'<th style="{_style(name)};opacity:.65">{name}</th>' for name in shown)
    body = "".join(
        f'<tr style="background:none">{_html_row(shown, row)}</tr>'
        for row in _rows(columns, shown, _IN_HTML)
    )
    rest = "".join(f"<p>{_html.escape(text)}</p>" for text in _rest(columns))
    return (
        '<table style="border-collapse:collapse;color:inherit"><caption '
        'style="text-align:left;font-weight:bold;white-space:nowrap;color:inherit">'
        f"{_html.escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{rest}"
    )


def aligned(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    numbers: Sequence[str] = (),
) -> str:
    """Rows of cells under headings as aligned text; the columns called `numbers` to the right."""
    raise NotImplementedError


def rich_rows(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    numbers: Sequence[str] = (),
) -> Any:
    """The same as rich draws it."""
    raise NotImplementedError


def html_rows(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    numbers: Sequence[str] = (),
) -> str:
    """The same for a notebook."""
    raise NotImplementedError


def _html_row(shown: Sequence[str], row: Sequence[str]) -> str:
    return "".join(
        f'<td style="{_style(name)}">{_html.escape(cell)}</td>'
        for name, cell in zip(shown, row, strict=True)
    )


def _fitted(columns: Sequence[Any], width: int) -> tuple[list[str], list[tuple[str, ...]]]:
    """The headings that there is room for, and the rows under them."""
    width = max(_NARROWEST, width)
    shown = list(_HEADINGS[:5])
    for heading in _SPARED:
        if _taken(columns, shown) > width:
            shown.remove(heading)
    room = width - _taken(columns, shown) - _GAP
    if room >= _LEAST and any(column.pool is not None for column in columns):
        shown.append("levels")
    return shown, _rows(columns, shown, room)


def _taken(columns: Sequence[Any], shown: Sequence[str]) -> int:
    cells = [tuple(shown), *_rows(columns, shown, 0)]
    return sum(max(map(len, column)) + _GAP for column in zip(*cells, strict=True)) - _GAP


def _rows(columns: Sequence[Any], shown: Sequence[str], room: int) -> list[tuple[str, ...]]:
    return [tuple(_cell(column, name, room) for name in shown) for column in columns[:_MOST]]


def _cell(column: Any, heading: str, room: int) -> str:
    if heading == "levels":
        return "" if column.pool is None else _levels(column.pool, room)
    value = getattr(column, heading)
    if heading in _NUMBERS:
        return "" if value is None else f"{value:,}"
    return value if isinstance(value, str) else repr(value)


def _levels(pool: Any, room: int) -> str:
    """Whole labels as far as there is room, and how many more there are."""
    labels = [" ".join(str(level).split()) for level in pool.levels]
    between = " < " if pool.ordered else ", "
    whole = between.join(labels)
    if len(whole) <= room:
        return whole
    for n in range(len(labels) - 1, 0, -1):
        text = f"{between.join(labels[:n])}{between.rstrip()} … {len(labels) - n:,} more"
        if len(text) <= room:
            return text
    return f"{len(labels):,} in all"


def _rest(columns: Sequence[Any]) -> list[str]:
    more = len(columns) - _MOST
    return [f"... and {more:,} more columns; .to_frame() has them all"] if more > 0 else []


def _style(heading: str) -> str:
    return (
        f"text-align:{_side(heading)};vertical-align:top;padding:.12em 1.2em .12em 0;border:0;"
        "background:none;color:inherit"
    )


def _side(heading: str) -> Any:
    return "right" if heading in _NUMBERS else "left"


def _aligned(heading: str, cell: str, width: int) -> str:
    return cell.rjust(width) if heading in _NUMBERS else cell.ljust(width)
