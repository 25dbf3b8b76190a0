"""How a record looks: a tree in a terminal, collapsible details in a notebook.

Values that differ from the defaults stand out, the others are dim. The HTML is plain, takes its
colours from the page (light or dark) and escapes everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

from kerasflux.allowed import short
from kerasflux.structure import Record, same, values

if TYPE_CHECKING:
    from rich.table import Table


def changed(record: Record) -> Iterator[tuple[str, Any]]:
    """Names and values of what differs from the defaults; what has no default always does."""
    for name, value in values(record):
        spec = type(record)._fields[name]
        if spec.required or not same(value, spec.stored(spec.fresh(), name)):
            yield name, value


def terminal(record: Record) -> Table:
    """The record as a `rich` renderable: names, values, half a line on each."""
    from rich.table import Table
    from rich.text import Text

    title = Text(type(record).__name__, style="bold")
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(overflow="fold", style="dim italic", ratio=1)
    for depth, name, value, doc, differs in _rows(record, 0):
        style = "bold" if differs else "dim"
        table.add_row(Text("  " * depth + name), Text(_shown(value), style=style), Text(doc))
    return table


def _rows(record: Record, depth: int) -> Iterator[tuple[int, str, Any, str, bool]]:
    differing = dict(changed(record))
    for name, value in values(record):
        yield depth, name, value, type(record)._fields[name].doc, name in differing
        if isinstance(value, Record):
            yield from _rows(value, depth + 1)


def _shown(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Record) else short(value, 100)


_FRAME = (
    "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.92em;display:inline-block;"
    "border:1px solid rgba(128,128,128,.4);border-radius:6px;padding:.4em .8em;color:inherit"
)
_CELL = (
    "text-align:left;vertical-align:top;padding:.12em 1.2em .12em 0;border:0;background:none;"
    "color:inherit;white-space:normal"
)


def html(record: Record) -> str:
    """The record as HTML, its hyperparameters behind a click."""
    return f'<div style="{_FRAME}">{_details(record, is_open=True)}</div>'


def _details(record: Record, *, is_open: bool) -> str:
    differing = dict(changed(record))
    body = "".join(
        _row(name, value, type(record)._fields[name].doc, name in differing)
        for name, value in values(record)
    )
    told = ", ".join(f"{name}={_shown(value)}" for name, value in differing.items())
    told = told if len(told) <= 90 else told[:87] + "..."
    return (
        f'<details{" open" if is_open else ""}><summary style="cursor:pointer">'
        f"<b>{escape(type(record).__name__)}</b>"
        f' <span style="opacity:.6">({escape(told)})</span></summary>'
        f'<table style="border-collapse:collapse;margin:.3em 0 .1em .9em;background:none">{body}'
        "</table></details>"
    )


def _row(name: str, value: Any, doc: str, differs: bool) -> str:
    look = "font-weight:600" if differs else "opacity:.65"
    if isinstance(value, Record):
        shown = _details(value, is_open=False)
    else:
        shown = f'<span style="{look}">{escape(short(value, 200))}</span>'
    return (
        f'<tr style="background:none"><td style="{_CELL}">{escape(name)}</td>'
        f'<td style="{_CELL}">{shown}</td>'
        f'<td style="{_CELL};opacity:.6;font-family:system-ui,sans-serif">{escape(doc)}</td></tr>'
    )
