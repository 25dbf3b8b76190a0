"""How tables of words look: as plain text, as a table in a terminal, as HTML in a notebook.

`aligned`, `rich_rows` and `html_rows` take headings and rows of cells; what a check found, a plan
and suggestions are shown by them. `plain`, `rich_table` and `html` show a schema: they take columns
(anything with `name`, `scitype`, `type`, `pool`, `missing`, `distinct`), never break names and
scitypes, and where there is no room show fewer levels, then leave other columns out. rich is
imported when something is printed, not before.
"""

from __future__ import annotations

import html as _html
import shutil
import textwrap
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
_WRAPPED = 24  # characters of room for the last cells of rows, below which they are not wrapped

Cells = Sequence[Sequence[str]]


def plain(columns: Sequence[Any], title: str) -> str:
    """Aligned text without a frame, as wide as the terminal at most."""
    shown, rows = _fitted(columns, _width())
    return "\n".join([title, *_lines(shown, rows, _NUMBERS), *_rest(columns)])


def rich_table(columns: Sequence[Any], title: str, width: int) -> Any:
    """The table as rich draws it, for a console of that width."""
    shown, rows = _fitted(columns, width)
    return _rich(shown, rows, title, _NUMBERS, _rest(columns), whole=shown)


def html(columns: Sequence[Any], title: str) -> str:
    """A table for a notebook, in the page's own colours."""
    levelled = any(column.pool is not None for column in columns)
    shown = [name for name in _HEADINGS if name != "levels" or levelled]
    return _html_table(shown, _rows(columns, shown, _IN_HTML), title, _NUMBERS, _rest(columns))


def aligned(headings: Sequence[str], rows: Cells, title: str, numbers: Sequence[str] = ()) -> str:
    """Rows of cells under headings as aligned text; the columns called `numbers` to the right.

    The last cells are wrapped below themselves where the terminal is too narrow for them; of more
    than 60 rows the first ones are shown.

    >>> print(aligned(("name", "rows"), [("age", "12"), ("sex", "3")], "2 columns", ("rows",)))
    2 columns
    name  rows
    age     12
    sex      3
    """
    shown = rows[:_MOST]
    return "\n".join([title, *_lines(headings, shown, numbers, _width()), *_rest(rows, "rows")])


def rich_rows(headings: Sequence[str], rows: Cells, title: str, numbers: Sequence[str] = ()) -> Any:
    """The same as rich draws it; only the last cells of rows are ever broken."""
    return _rich(headings, rows[:_MOST], title, numbers, _rest(rows, "rows"), whole=headings[:-1])


def html_rows(headings: Sequence[str], rows: Cells, title: str, numbers: Sequence[str] = ()) -> str:
    """The same for a notebook."""
    return _html_table(headings, rows[:_MOST], title, numbers, _rest(rows, "rows"))


def name_cell(name: Any) -> str:
    """A name as it is shown in a cell: text as it is, anything else as it would be typed.

    >>> name_cell("age"), name_cell(7), name_cell("two lines\\n"), name_cell("")
    ('age', '7', "'two lines\\\\n'", "''")
    """
    return name if isinstance(name, str) and name and name.isprintable() else repr(name)


def label_cell(label: Any) -> str:
    """A label as it is shown among others: text is quoted where it could be taken for more.

    >>> [label_cell(label) for label in ("S", 7, "a, b", " c", "", "x < y", "two\\nlines")]
    ['S', '7', "'a, b'", "' c'", "''", "'x < y'", "'two\\\\nlines'"]
    """
    text = str(label)
    if not isinstance(label, str):
        return " ".join(text.split())
    unclear = "," in text or " < " in text or text != text.strip() or not text.isprintable()
    return repr(text) if unclear or not text else text


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def _lines(
    headings: Sequence[str], rows: Cells, numbers: Sequence[str], width: int | None = None
) -> list[str]:
    """The headings and rows, aligned; with a width, the last cells are wrapped to it."""
    cells = [tuple(headings), *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    gap = " " * _GAP
    before = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    lines = []
    for row in cells:
        first, *more = _wrapped(row[-1], None if width is None else width - before)
        every = zip(headings, (*row[:-1], first), widths, strict=True)
        shown = [_aligned(heading, cell, width, numbers) for heading, cell, width in every]
        lines.append(gap.join(shown).rstrip())
        lines += [" " * before + rest for rest in more]
    return lines


def _wrapped(cell: str, room: int | None) -> list[str]:
    if room is None or room < _WRAPPED or len(cell) <= room:
        return [cell]
    return textwrap.wrap(cell, room, break_long_words=False, break_on_hyphens=False)


def _rich(
    headings: Sequence[str],
    rows: Cells,
    title: str,
    numbers: Sequence[str],
    rest: Sequence[str],
    *,
    whole: Sequence[str],
) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="dim")
    table.title, table.title_justify, table.title_style = Text(title), "left", "bold"
    for heading in headings:
        table.add_column(heading, justify=_side(heading, numbers), no_wrap=heading in whole)
    for row in rows:
        table.add_row(*map(Text, row))
    for text in rest:
        table.caption, table.caption_justify = Text(text), "left"
    return table


def _html_table(
    headings: Sequence[str],
    rows: Cells,
    title: str,
    numbers: Sequence[str],
    rest: Sequence[str],
) -> str:
    styles = [_style(name, numbers) for name in headings]
    for i in range(len(styles) - 1):
        styles[i] += ";white-space:nowrap"  # where room is short, the last cells are broken
    head = "".join(
        f'<th style="{style};opacity:.65">{_html.escape(name)}</th>'
        for name, style in zip(headings, styles, strict=True)
    )
    body = "".join(f'<tr style="background:none">{_html_row(row, styles)}</tr>' for row in rows)
    below = "".join(f"<p>{_html.escape(text)}</p>" for text in rest)
    return (
        '<table style="border-collapse:collapse;color:inherit"><caption '
        'style="text-align:left;font-weight:bold;white-space:nowrap;color:inherit">'
        f"{_html.escape(title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{below}"
    )


def _html_row(row: Sequence[str], styles: Sequence[str]) -> str:
    return "".join(
        f'<td style="{style}">{_html.escape(cell)}</td>'
        for cell, style in zip(row, styles, strict=True)
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
    return str(value) if heading == "type" else name_cell(value)


def _levels(pool: Any, room: int) -> str:
    """Whole labels as far as there is room, and how many more there are."""
    labels = [label_cell(level) for level in pool.levels]
    between = " < " if pool.ordered else ", "
    whole = between.join(labels)
    if len(whole) <= room:
        return whole
    for n in range(len(labels) - 1, 0, -1):
        text = f"{between.join(labels[:n])}{between.rstrip()} … {len(labels) - n:,} more"
        if len(text) <= room:
            return text
    return f"{len(labels):,} in all"


def _rest(every: Sequence[Any], noun: str = "columns") -> list[str]:
    more = len(every) - _MOST
    return [f"... and {more:,} more {noun}; .to_frame() has them all"] if more > 0 else []


def _style(heading: str, numbers: Sequence[str]) -> str:
    return (
        f"text-align:{_side(heading, numbers)};vertical-align:top;padding:.12em 1.2em .12em 0;"
        "border:0;background:none;color:inherit"
    )


def _side(heading: str, numbers: Sequence[str]) -> Any:
    return "right" if heading in numbers else "left"


def _aligned(heading: str, cell: str, width: int, numbers: Sequence[str]) -> str:
    return cell.rjust(width) if heading in numbers else cell.ljust(width)
